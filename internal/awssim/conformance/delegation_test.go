package conformance

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

func TestZonesShareADelegationSet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := awssim.New(awssim.Options{})
		c, api := &client{T: t}, route53Client(t, w)
		made := must(api.CreateReusableDelegationSet(t.Context(), &route53.CreateReusableDelegationSetInput{CallerReference: aws.String("1")}))
		id := strings.TrimPrefix(*made.DelegationSet.Id, "/delegationset/")
		_, err := api.CreateReusableDelegationSet(t.Context(), &route53.CreateReusableDelegationSetInput{CallerReference: aws.String("1")})
		c.want(err, "DelegationSetAlreadyCreated")
		zone := func(ref, name, set string) (*route53.CreateHostedZoneOutput, error) {
			return api.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: &name, CallerReference: &ref, DelegationSetId: &set})
		}
		_, err = zone("1", "example.com", "NNONE")
		c.want(err, "NoSuchDelegationSet")
		var zones []string
		for _, name := range []string{"example.com.", "example.net."} {
			out := must(zone(name, name, id))
			zones = append(zones, *out.HostedZone.Id)
			if !slices.Equal(out.DelegationSet.NameServers, made.DelegationSet.NameServers) || *out.DelegationSet.Id != *made.DelegationSet.Id {
				t.Errorf("%s has %+v, the set is %+v", name, out.DelegationSet, made.DelegationSet)
			}
		}
		_, err = zone("2", "example.com", id)
		c.want(err, "ConflictingDomainExists")
		if got := must(api.ListHostedZones(t.Context(), &route53.ListHostedZonesInput{DelegationSetId: &id})).HostedZones; len(got) != 2 {
			t.Errorf("the set has %d zones", len(got))
		}
		_, err = api.DeleteReusableDelegationSet(t.Context(), &route53.DeleteReusableDelegationSetInput{Id: &id})
		c.want(err, "DelegationSetInUse")

		own := must(api.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String("example.org"), CallerReference: aws.String("own")}))
		from := &route53.CreateReusableDelegationSetInput{CallerReference: aws.String("3"), HostedZoneId: own.HostedZone.Id}
		if again := must(api.CreateReusableDelegationSet(t.Context(), from)); !slices.Equal(again.DelegationSet.NameServers, own.DelegationSet.NameServers) {
			t.Errorf("the servers of the zone are %v, of the set %v", own.DelegationSet.NameServers, again.DelegationSet.NameServers)
		}
		from.CallerReference = aws.String("4")
		_, err = api.CreateReusableDelegationSet(t.Context(), from)
		c.want(err, "DelegationSetAlreadyReusable")
		if page := must(api.ListReusableDelegationSets(t.Context(), &route53.ListReusableDelegationSetsInput{MaxItems: aws.Int32(1)})); len(page.DelegationSets) != 1 || !page.IsTruncated || page.NextMarker == nil {
			t.Errorf("the first page of sets is %+v", page)
		}
		for _, z := range zones {
			must(api.DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: &z}))
		}
		must(api.GetReusableDelegationSet(t.Context(), &route53.GetReusableDelegationSetInput{Id: &id}))
		must(api.DeleteReusableDelegationSet(t.Context(), &route53.DeleteReusableDelegationSetInput{Id: &id}))
		_, err = api.GetReusableDelegationSet(t.Context(), &route53.GetReusableDelegationSetInput{Id: &id})
		c.want(err, "NoSuchDelegationSet")
	})
}

func TestRecordsForPlacesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := awssim.New(awssim.Options{})
		c, api := &client{T: t}, route53Client(t, w)
		zone := newZone(t, api)
		set := func(change func(*types.ResourceRecordSet)) types.ResourceRecordSet {
			out := simpleA("www.example.com", "192.0.2.1")
			out.SetIdentifier = aws.String("one")
			change(&out)
			return out
		}
		located := func(g types.GeoLocation) types.ResourceRecordSet {
			return set(func(r *types.ResourceRecordSet) { r.GeoLocation = &g })
		}
		near := func(g types.GeoProximityLocation) types.ResourceRecordSet {
			return set(func(r *types.ResourceRecordSet) { r.GeoProximityLocation = &g })
		}
		at := func(latitude, longitude string) *types.Coordinates {
			return &types.Coordinates{Latitude: &latitude, Longitude: &longitude}
		}
		caa := func(value string) types.ResourceRecordSet {
			out := simpleA("example.com", value)
			out.Type = types.RRTypeCaa
			return out
		}
		for name, x := range map[string]struct {
			set  types.ResourceRecordSet
			want string
		}{
			"no country":              {located(types.GeoLocation{CountryCode: aws.String("XX")}), "InvalidInput"},
			"no continent":            {located(types.GeoLocation{ContinentCode: aws.String("XX")}), "InvalidInput"},
			"part of another country": {located(types.GeoLocation{CountryCode: aws.String("DE"), SubdivisionCode: aws.String("BY")}), "InvalidInput"},
			"region and coordinates":  {near(types.GeoProximityLocation{AWSRegion: aws.String("us-east-1"), Coordinates: at("1", "2")}), "InvalidInput"},
			"beyond the pole":         {near(types.GeoProximityLocation{Coordinates: at("91", "2")}), "InvalidInput"},
			"unknown CIDR collection": {set(func(r *types.ResourceRecordSet) {
				r.CidrRoutingConfig = &types.CidrRoutingConfig{CollectionId: aws.String("00000000-0000-0000-0000-000000000000"), LocationName: aws.String("*")}
			}), "InvalidInput"},
			"CAA without quotes":       {caa("0 issue letsencrypt.org"), "InvalidChangeBatch"},
			"CAA with a flag too high": {caa(`256 issue "letsencrypt.org"`), "InvalidChangeBatch"},
			"CAA":                      {caa(`0 issue "letsencrypt.org"`), ""},
			"part of a country":        {located(types.GeoLocation{CountryCode: aws.String("US"), SubdivisionCode: aws.String("CA")}), ""},
		} {
			_, err := api.ChangeResourceRecordSets(t.Context(), batch(zone, doing(types.ChangeActionCreate, x.set)))
			if got := code(err); got != x.want || x.want == "" && err != nil {
				t.Errorf("%s: answered %q (%v), want %q", name, got, err, x.want)
			}
		}
		check := func(ref string, config types.HealthCheckConfig) error {
			_, err := api.CreateHealthCheck(t.Context(), &route53.CreateHealthCheckInput{CallerReference: &ref, HealthCheckConfig: &config})
			return err
		}
		c.want(check("1", types.HealthCheckConfig{Type: types.HealthCheckTypeTcp, IPAddress: aws.String("10.0.0.1"), Port: aws.Int32(80)}), "InvalidInput")
		c.want(check("2", types.HealthCheckConfig{Type: types.HealthCheckTypeCalculated, HealthThreshold: aws.Int32(1), ChildHealthChecks: []string{"00000000-0000-0000-0000-000000000000"}}), "InvalidInput")
	})
}
