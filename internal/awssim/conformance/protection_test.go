package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

func protect(name string, typ types.RRType, comment string) types.ResourceRecordSetProtectionConfig {
	p := types.ResourceRecordSetProtectionConfig{RecordName: aws.String(name), RecordType: typ}
	if comment != "" {
		p.Comment = aws.String(comment)
	}
	return p
}

// protecting is a zone with protections of www (A), with a comment, and of a name without a record.
func protecting(t *testing.T, f func(t *testing.T, api *route53.Client, zone string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		api := route53Client(t, awssim.New(awssim.Options{}))
		zone := newZone(t, api)
		_, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionCreate, weightedA("www.example.com", "blue", "192.0.2.1", 1))))
		if err != nil {
			t.Fatal(err)
		}
		_, err = api.CreateResourceRecordSetProtections(t.Context(), &route53.CreateResourceRecordSetProtectionsInput{
			HostedZoneId: aws.String(zone), Protections: []types.ResourceRecordSetProtectionConfig{
				protect("WWW.example.com", types.RRTypeA, "ask the DNS team"), protect("none.example.com.", types.RRTypeCname, ""),
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		f(t, api, zone)
	})
}

func TestAProtectedRecordSetFailsTheWholeBatch(t *testing.T) {
	t.Parallel()
	protecting(t, func(t *testing.T, api *route53.Client, zone string) {
		other := doing(types.ChangeActionCreate, simpleA("other.example.com", "192.0.2.9"))
		for what, change := range map[string]types.Change{
			"delete":             doing(types.ChangeActionDelete, weightedA("www.example.com", "blue", "192.0.2.1", 1)),
			"upsert":             doing(types.ChangeActionUpsert, weightedA("www.example.com", "blue", "192.0.2.1", 2)),
			"another identifier": doing(types.ChangeActionCreate, weightedA("www.example.com", "green", "192.0.2.2", 1)),
		} {
			_, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, other, change))
			invalid, ok := errors.AsType[*types.InvalidChangeBatch](err)
			if !ok || !strings.Contains(invalid.ErrorMessage(), "www.example.com.") || !strings.Contains(invalid.ErrorMessage(), "ask the DNS team") {
				t.Errorf("%s of a protected record: %v", what, err)
			}
		}
		cname := types.ResourceRecordSet{Name: aws.String("none.example.com"), Type: types.RRTypeCname, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: aws.String("a.example.net")}}}
		if _, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, other, doing(types.ChangeActionCreate, cname))); !as[*types.InvalidChangeBatch](err) {
			t.Errorf("a record that is protected before it exists: %v", err)
		}
		aaaa := types.ResourceRecordSet{Name: aws.String("www.example.com"), Type: types.RRTypeAaaa, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: aws.String("2001:db8::1")}}}
		if _, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, other, doing(types.ChangeActionCreate, aaaa))); err != nil {
			t.Errorf("another type of the name: %v", err)
		}
	})
}

func TestProtectionsAreListedLikeRecordsAndDeletedAtOnceOrNotAtAll(t *testing.T) {
	t.Parallel()
	protecting(t, func(t *testing.T, api *route53.Client, zone string) {
		list := func(edit func(*route53.ListResourceRecordSetProtectionsInput)) (out []string) {
			in := &route53.ListResourceRecordSetProtectionsInput{HostedZoneId: aws.String(zone), MaxResults: aws.Int32(1)}
			edit(in)
			for {
				page, err := api.ListResourceRecordSetProtections(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range page.ResourceRecordSetProtections {
					out = append(out, fmt.Sprintf("%s %s %s", *p.RecordName, p.RecordType, aws.ToString(p.Comment)))
				}
				if in.NextToken = page.NextToken; in.NextToken == nil {
					return out
				}
			}
		}
		all := []string{"none.example.com. CNAME ", "www.example.com. A ask the DNS team"}
		if got := list(func(*route53.ListResourceRecordSetProtectionsInput) {}); !slices.Equal(got, all) {
			t.Errorf("listed %q", got)
		}
		if got := list(func(in *route53.ListResourceRecordSetProtectionsInput) {
			in.StartRecordName = aws.String("o.example.com")
		}); !slices.Equal(got, all[1:]) {
			t.Errorf("from a name on: %q", got)
		}
		if got := list(func(in *route53.ListResourceRecordSetProtectionsInput) {
			in.StartRecordName, in.StartRecordType = aws.String("www.example.com"), types.RRTypeAaaa
		}); len(got) != 0 {
			t.Errorf("from a type on: %q", got)
		}
		for want, in := range map[string]*route53.ListResourceRecordSetProtectionsInput{
			"InvalidInput":           {HostedZoneId: aws.String(zone), StartRecordType: types.RRTypeA},
			"InvalidPaginationToken": {HostedZoneId: aws.String(zone), NextToken: aws.String("!")},
			"NoSuchHostedZone":       {HostedZoneId: aws.String("Z0NOSUCHZONE")},
		} {
			if _, err := api.ListResourceRecordSetProtections(t.Context(), in); code(err) != want {
				t.Errorf("answered %v, want %s", err, want)
			}
		}
		del := func(keys ...types.ResourceRecordSetProtectionKey) error {
			_, err := api.DeleteResourceRecordSetProtections(t.Context(), &route53.DeleteResourceRecordSetProtectionsInput{HostedZoneId: aws.String(zone), Protections: keys})
			return err
		}
		www := types.ResourceRecordSetProtectionKey{RecordName: aws.String("www.example.com"), RecordType: types.RRTypeA}
		none := types.ResourceRecordSetProtectionKey{RecordName: aws.String("none.example.com"), RecordType: types.RRTypeCname}
		nowhere := types.ResourceRecordSetProtectionKey{RecordName: aws.String("nowhere.example.com"), RecordType: types.RRTypeA}
		wrong, ok := errors.AsType[*types.InvalidResourceRecordSetProtectionBatch](del(www, nowhere))
		if !ok || len(wrong.Errors) != 1 || aws.ToString(wrong.Errors[0].Code) != "ProtectionNotFound" {
			t.Errorf("one of two is not there: %+v", wrong)
		}
		if _, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionDelete, weightedA("www.example.com", "blue", "192.0.2.1", 1)))); !as[*types.InvalidChangeBatch](err) {
			t.Errorf("after a deletion that failed: %v", err)
		}
		if err := del(www); err != nil {
			t.Error(err)
		}
		if _, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionDelete, weightedA("www.example.com", "blue", "192.0.2.1", 1)))); err != nil {
			t.Errorf("once the protection is gone: %v", err)
		}
		if _, err := api.DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: aws.String(zone)}); !as[*types.HostedZoneNotEmpty](err) {
			t.Errorf("a zone with a protection: %v", err)
		}
		if err := del(none); err != nil {
			t.Error(err)
		}
		if _, err := api.DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: aws.String(zone)}); err != nil {
			t.Error(err)
		}
	})
}

func TestProtectionsAreCreatedAllOrNone(t *testing.T) {
	t.Parallel()
	protecting(t, func(t *testing.T, api *route53.Client, zone string) {
		create := func(list ...types.ResourceRecordSetProtectionConfig) error {
			_, err := api.CreateResourceRecordSetProtections(t.Context(), &route53.CreateResourceRecordSetProtectionsInput{HostedZoneId: aws.String(zone), Protections: list})
			return err
		}
		again, fresh := protect("www.example.com", types.RRTypeA, ""), protect("new.example.com", types.RRTypeA, "")
		exists, ok := errors.AsType[*types.ProtectionAlreadyExists](create(again))
		if !ok || len(exists.Errors) != 1 || aws.ToString(exists.Errors[0].RecordName) == "" {
			t.Errorf("a protection that exists: %+v", exists)
		}
		for what, c := range map[string]struct {
			list []types.ResourceRecordSetProtectionConfig
			want []string
		}{
			"one of two exists":             {[]types.ResourceRecordSetProtectionConfig{again, fresh}, []string{"ProtectionAlreadyExists"}},
			"one exists and one is invalid": {[]types.ResourceRecordSetProtectionConfig{again, protect("www.example.net", types.RRTypeA, "")}, []string{"InvalidInput"}},
			"twice the same":                {[]types.ResourceRecordSetProtectionConfig{fresh, fresh}, []string{"InvalidInput"}},
			"no name":                       {[]types.ResourceRecordSetProtectionConfig{protect("a..example.com", types.RRTypeA, "")}, []string{"InvalidInput"}},
		} {
			wrong, ok := errors.AsType[*types.InvalidResourceRecordSetProtectionBatch](create(c.list...))
			if !ok {
				t.Errorf("%s was accepted", what)
				continue
			}
			var got []string
			for _, e := range wrong.Errors {
				got = append(got, aws.ToString(e.Code))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", what, got, c.want)
			}
		}
		for what, list := range map[string][]types.ResourceRecordSetProtectionConfig{
			"DNAME": {protect("a.example.com", "DNAME", "")}, "DNSKEY": {protect("a.example.com", "DNSKEY", "")},
			"a long comment": {protect("a.example.com", types.RRTypeA, strings.Repeat("x", 257))},
		} {
			if err := create(list...); !as[*types.InvalidInput](err) {
				t.Errorf("%s: %v", what, err)
			}
		}
		var many []types.ResourceRecordSetProtectionConfig
		for i := range 101 {
			many = append(many, protect(fmt.Sprintf("n%d.example.com", i), types.RRTypeA, ""))
		}
		if err := create(many...); !as[*types.InvalidInput](err) {
			t.Errorf("101 at once: %v", err)
		}
		if err := create(many[:100]...); err != nil {
			t.Errorf("100 at once: %v", err)
		}
	})
}

func TestAZoneIsLockedForTheEndOfAcceleratedRecovery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := route53Client(t, awssim.New(awssim.Options{}))
		zone := newZone(t, api)
		status := func() types.AcceleratedRecoveryStatus {
			out, err := api.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String(zone)})
			if err != nil {
				t.Fatal(err)
			}
			if out.HostedZone.Features == nil {
				return ""
			}
			return out.HostedZone.Features.AcceleratedRecoveryStatus
		}
		if got := status(); got != "" {
			t.Errorf("before anybody asked: %q", got)
		}
		n := 0
		change := func() error {
			n++
			_, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionCreate, simpleA(fmt.Sprintf("n%d.example.com", n), "192.0.2.1"))))
			return err
		}
		for _, enable := range []bool{true, false} {
			if _, err := api.UpdateHostedZoneFeatures(t.Context(), &route53.UpdateHostedZoneFeaturesInput{HostedZoneId: aws.String(zone), EnableAcceleratedRecovery: aws.Bool(enable)}); err != nil {
				t.Fatal(err)
			}
			want := []types.AcceleratedRecoveryStatus{types.AcceleratedRecoveryStatusEnabling, types.AcceleratedRecoveryStatusEnablingHostedZoneLocked, types.AcceleratedRecoveryStatusEnabled}
			if !enable {
				want = []types.AcceleratedRecoveryStatus{types.AcceleratedRecoveryStatusDisabling, types.AcceleratedRecoveryStatusDisablingHostedZoneLocked, types.AcceleratedRecoveryStatusDisabled}
			}
			for i, at := range want {
				if got := status(); got != at {
					t.Errorf("step %d of %t: %s, want %s", i, enable, got, at)
				}
				if err := change(); (err != nil) != strings.HasSuffix(string(at), "_LOCKED") {
					t.Errorf("a change while %s: %v", at, err)
				}
				pass([]time.Duration{9 * time.Minute, 2 * time.Minute, 0}[i])
			}
		}
	})
}
