package edgefunction_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

func TestATableIsWrittenInOneWayAndReadBack(t *testing.T) {
	t.Parallel()
	table := edgefunction.Table{Generation: 7, Weights: map[string]int{"green": 25, "blue": 75}, Override: edgefunction.OverrideHash("a-secret-of-testers")}
	text, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"generation":7,"weights":{"blue":75,"green":25},"override":"` + table.Override + `"}`; text != want {
		t.Errorf("wrote %s, want %s", text, want)
	}
	again, err := edgefunction.ParseTable(text)
	if err != nil || !reflect.DeepEqual(again, table) {
		t.Errorf("read %+v, %v", again, err)
	}
}

func TestATableThatNoFunctionWouldFollowIsNotWritten(t *testing.T) {
	t.Parallel()
	good := map[string]int{"blue": 75, "green": 25}
	for name, table := range map[string]edgefunction.Table{
		"between 1 and":       {Weights: good},
		"fewer than two":      {Generation: 1, Weights: map[string]int{"blue": 100}},
		"sum to 99":           {Generation: 1, Weights: map[string]int{"blue": 74, "green": 25}},
		"of blue is 101":      {Generation: 1, Weights: map[string]int{"blue": 101, "green": -1, "amber": 0}},
		"no name of a side":   {Generation: 1, Weights: map[string]int{"blue": 75, "Green": 25}},
		"SHA-256":             {Generation: 1, Weights: good, Override: "secret"},
		"has at most 1024":    {Generation: 1, Weights: wide()},
		"1 and 9007199254740": {Generation: 1 << 53, Weights: good},
	} {
		if text, err := table.Encode(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: wrote %s, %v", name, text, err)
		}
	}
	for _, text := range []string{
		"", "null", "[]", `{"generation":1,"weights":{"blue":75,"green":25}} {}`, `{"generation":1,"weights":{"blue":75,"green":25},"more":1}`,
		`{"generation":1.5,"weights":{"blue":75,"green":25}}`, `{"generation":1,"weights":{"blue":75.5,"green":24.5}}`, `{"generation":1,"weights":{"blue":75,"green":24}}`,
	} {
		if table, err := edgefunction.ParseTable(text); err == nil {
			t.Errorf("read %s as %+v", text, table)
		}
	}
}

// wide is a table of more sides than fit.
func wide() map[string]int {
	out := map[string]int{"blue": 100}
	for _, a := range "abcdefghijklmnopqrstuvwxyz" {
		for _, b := range "ab" {
			out[strings.Repeat(string(a), 30)+string(b)] = 0
		}
	}
	return out
}

// A store that was lost and made anew must not begin where cookies were long ago.
func TestAGenerationIsAlwaysHigherEvenThanWhatIsLost(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 29, 20, 0, 0, 0, time.UTC)
	first := edgefunction.NextGeneration(0, at)
	second := edgefunction.NextGeneration(first, at)
	if first != at.Unix() || second != first+1 {
		t.Errorf("%d, %d", first, second)
	}
	if anew := edgefunction.NextGeneration(0, at.Add(time.Minute)); anew <= second {
		t.Errorf("%d after a loss, and cookies have %d", anew, second)
	}
}
