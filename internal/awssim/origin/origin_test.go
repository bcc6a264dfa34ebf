package origin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func now() time.Time { return clock.System{}.Now() } // the bubble's

func TestAnOriginNobodyConfiguredSaysWhoItIsAndWhatItWasAsked(t *testing.T) {
	t.Parallel()
	s := origin.New(clock.System{})
	resp, err := s.Answer(t.Context(), &origin.Request{
		Domain: "Blue.Example.net", Method: http.MethodPost, Path: "/a%20b", Query: "x=1",
		Header: http.Header{"X-Side": {"blue"}}, Body: []byte("hello"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got origin.Echo
	if err := json.Unmarshal(resp.Body, &got); err != nil {
		t.Fatalf("body %q: %v", resp.Body, err)
	}
	if resp.Status != http.StatusOK || got.Domain != "blue.example.net" || got.Path != "/a%20b" ||
		got.Query != "x=1" || got.Method != http.MethodPost || got.Headers["X-Side"] != "blue" || got.Body != "hello" {
		t.Errorf("answered %d %+v", resp.Status, got)
	}
	if n := s.Requests("blue.example.net"); n != 1 {
		t.Errorf("asked %d times, want 1", n)
	}
}

func TestAnOriginBehavesAsItsStateSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := origin.New(clock.System{})
		s.Put("slow.example", origin.State{Status: 503, Latency: 2 * time.Second, Body: "busy", Headers: map[string]string{"retry-after": "5"}})
		start := now()
		resp, err := s.Answer(t.Context(), &origin.Request{Domain: "slow.example", Timeout: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if took := now().Sub(start); took != 2*time.Second {
			t.Errorf("took %v, want 2s", took)
		}
		if resp.Status != 503 || string(resp.Body) != "busy" || resp.Header.Get("Retry-After") != "5" {
			t.Errorf("answered %+v", resp)
		}

		start = now()
		if _, err := s.Answer(t.Context(), &origin.Request{Domain: "slow.example", Timeout: time.Second}); !errors.Is(err, origin.ErrTimeout) {
			t.Errorf("slower than the timeout: error %v, want ErrTimeout", err)
		}
		if took := now().Sub(start); took != time.Second {
			t.Errorf("gave up after %v, want 1s", took)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := s.Answer(ctx, &origin.Request{Domain: "slow.example"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the viewer has gone: error %v, want its context's", err)
		}

		s.Put("slow.example", origin.State{Down: true})
		if _, err := s.Answer(t.Context(), &origin.Request{Domain: "slow.example"}); !errors.Is(err, origin.ErrRefused) {
			t.Errorf("down: error %v, want ErrRefused", err)
		}
		s.Reset("slow.example")
		if resp, err := s.Answer(t.Context(), &origin.Request{Domain: "slow.example"}); err != nil || resp.Status != 200 {
			t.Errorf("after Reset: %+v, %v", resp, err)
		}
	})
}

func TestAStateIsReadFromJSONStrictly(t *testing.T) {
	t.Parallel()
	var s origin.State
	if err := json.Unmarshal([]byte(`{"status":500,"latency":"1.5s","down":true,"headers":{"A":"b"}}`), &s); err != nil {
		t.Fatal(err)
	}
	if s.Status != 500 || s.Latency != 1500*time.Millisecond || !s.Down || s.Headers["A"] != "b" {
		t.Errorf("read %+v", s)
	}
	back, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"status":500,"latency":"1.5s","headers":{"A":"b"},"down":true}`; string(back) != want {
		t.Errorf("wrote %s, want %s", back, want)
	}
	for _, bad := range []string{`{"status":99}`, `{"status":600}`, `{"latency":"soon"}`, `{"latency":"-1s"}`, `{"latency":5}`, `{"staus":200}`} {
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
