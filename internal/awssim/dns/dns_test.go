package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/route53"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// zones answers from a table of "name type"; a name without an entry does not exist.
type zones map[string]route53.Lookup

func (z zones) Lookup(_ int, _ time.Time, name, rtype string) route53.Lookup {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	out := route53.Lookup{InZone: true, Zone: "example.com.", SOA: "ns.example.com. h.example.com. 1 7200 900 1209600 86400", SOATTL: 900}
	if name != "example.com" && !strings.HasSuffix(name, ".example.com") {
		return route53.Lookup{}
	}
	for _, key := range []string{name + " " + rtype, name + " CNAME"} {
		if l, ok := z[key]; ok {
			l.InZone, l.NameExists, l.SOA, l.SOATTL = true, true, out.SOA, out.SOATTL
			if l.Zone == "" {
				l.Zone = out.Zone
			}
			return l
		}
	}
	for key := range z {
		out.NameExists = out.NameExists || strings.HasPrefix(key, name+" ")
	}
	return out
}

var table = zones{
	"www.example.com A":       {Type: "A", AliasZone: route53.CloudFrontZone, AliasTarget: "d1.cloudfront.net", TTL: 60},
	"www.example.com AAAA":    {Type: "AAAA", AliasZone: route53.CloudFrontZone, AliasTarget: "d1.cloudfront.net", TTL: 60},
	"www.example.com HTTPS":   {Type: "HTTPS", AliasZone: route53.CloudFrontZone, AliasTarget: "d1.cloudfront.net", TTL: 60},
	"gone.example.com A":      {Type: "A", AliasZone: route53.CloudFrontZone, AliasTarget: "d9.cloudfront.net", TTL: 60},
	"a.example.com A":         {Type: "A", TTL: 30, Values: []string{"192.0.2.1", "192.0.2.2"}},
	"c.example.com CNAME":     {Type: "CNAME", TTL: 30, Values: []string{"d1.cloudfront.net"}},
	"cc.example.com CNAME":    {Type: "CNAME", TTL: 30, Values: []string{"c.example.com."}},
	"away.example.com CNAME":  {Type: "CNAME", TTL: 30, Values: []string{"host.example.net"}},
	"loop.example.com CNAME":  {Type: "CNAME", TTL: 30, Values: []string{"loop.example.com"}},
	"dead.example.com CNAME":  {Type: "CNAME", TTL: 30, Values: []string{"nothing.example.com"}},
	"t.example.com TXT":       {Type: "TXT", TTL: 30, Values: []string{`"caf\303\251" "two"`}},
	"*.example.com A":         {Type: "A", TTL: 30, Values: []string{"192.0.2.9"}},
	"x.sub.example.com A":     {Delegated: true, Zone: "sub.example.com.", Type: "NS", TTL: 300, Values: []string{"ns.example.net."}},
	"big.example.com A":       {Type: "A", TTL: 30, Values: many(200)},
	"example.com CAA":         {Type: "CAA", TTL: 30, Values: []string{`0 issue "amazon.com"`}},
	"v6only.example.com AAAA": {Type: "AAAA", TTL: 30, Values: []string{"2001:db8::1"}},
}

func many(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
	}
	return out
}

func newServer() (*Server, *journal.Journal) {
	j := &journal.Journal{}
	return New(Options{
		Clock: clock.System{}, Journal: j, Zones: table, EdgeIPv4: netip.MustParseAddr("127.0.0.1"), EdgeIPv6: netip.MustParseAddr("::1"),
		Distributions: func(d string, _ time.Time) (bool, bool) {
			return d == "d1.cloudfront.net" || d == "d4.cloudfront.net", d == "d1.cloudfront.net"
		},
	}), j
}

func ask(name, rtype string) *mdns.Msg {
	return new(mdns.Msg).SetQuestion(mdns.Fqdn(name), mdns.StringToType[rtype])
}

func data(rrs []mdns.RR) (out []string) {
	for _, rr := range rrs {
		out = append(out, fmt.Sprintf("%s %d %s %s", rr.Header().Name, rr.Header().Ttl, mdns.TypeToString[rr.Header().Rrtype], rdata(rr)))
	}
	return out
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const soa, cfSOA = "example.com. 900 SOA", "cloudfront.net. 60 SOA"
	for _, c := range []struct {
		name, rtype, rcode string
		answer             []string
		authority          string
	}{
		{"a.example.com", "A", "NOERROR", []string{"a.example.com. 30 A 192.0.2.1", "a.example.com. 30 A 192.0.2.2"}, ""},
		{"A.Example.COM", "A", "NOERROR", []string{"A.Example.COM. 30 A 192.0.2.1", "A.Example.COM. 30 A 192.0.2.2"}, ""},
		{"a.example.com", "AAAA", "NOERROR", nil, soa},
		{"no.example.com", "A", "NXDOMAIN", nil, soa},
		{"www.example.com", "A", "NOERROR", []string{"www.example.com. 60 A 127.0.0.1"}, ""},
		{"www.example.com", "AAAA", "NOERROR", []string{"www.example.com. 60 AAAA ::1"}, ""},
		{"www.example.com", "HTTPS", "NOERROR", []string{`www.example.com. 60 HTTPS 1 . alpn="h2"`}, ""},
		{"gone.example.com", "A", "NOERROR", nil, soa},
		{"c.example.com", "A", "NOERROR", []string{"c.example.com. 30 CNAME d1.cloudfront.net.", "d1.cloudfront.net. 60 A 127.0.0.1"}, ""},
		{"cc.example.com", "A", "NOERROR", []string{"cc.example.com. 30 CNAME c.example.com.", "c.example.com. 30 CNAME d1.cloudfront.net.", "d1.cloudfront.net. 60 A 127.0.0.1"}, ""},
		{"c.example.com", "CNAME", "NOERROR", []string{"c.example.com. 30 CNAME d1.cloudfront.net."}, ""},
		{"away.example.com", "A", "NOERROR", []string{"away.example.com. 30 CNAME host.example.net."}, ""},
		{"dead.example.com", "A", "NXDOMAIN", []string{"dead.example.com. 30 CNAME nothing.example.com."}, soa},
		{"t.example.com", "TXT", "NOERROR", []string{`t.example.com. 30 TXT "caf\195\169" "two"`}, ""},
		{"*.example.com", "A", "NOERROR", []string{"*.example.com. 30 A 192.0.2.9"}, ""},
		{"x.sub.example.com", "A", "NOERROR", nil, "sub.example.com. 300 NS"},
		{"example.com", "CAA", "NOERROR", []string{`example.com. 30 CAA 0 issue "amazon.com"`}, ""},
		{"v6only.example.com", "AAAA", "NOERROR", []string{"v6only.example.com. 30 AAAA 2001:db8::1"}, ""},
		{"d1.cloudfront.net", "A", "NOERROR", []string{"d1.cloudfront.net. 60 A 127.0.0.1"}, ""},
		{"d4.cloudfront.net", "AAAA", "NOERROR", nil, cfSOA}, // IPv6 off
		{"d4.cloudfront.net", "MX", "NOERROR", nil, cfSOA},
		{"d9.cloudfront.net", "A", "NXDOMAIN", nil, cfSOA},
		{"cloudfront.net", "A", "NOERROR", nil, cfSOA},
		{"www.example.org", "A", "REFUSED", nil, ""},
		{"a.example.com", "ANY", "NOTIMP", nil, ""},
	} {
		t.Run(c.name+" "+c.rtype, func(t *testing.T) {
			t.Parallel()
			s, j := newServer()
			r := s.Answer(ask(c.name, c.rtype))
			if got := mdns.RcodeToString[r.Rcode]; got != c.rcode {
				t.Errorf("%s, want %s", got, c.rcode)
			}
			if got := data(r.Answer); !slices.Equal(got, c.answer) {
				t.Errorf("answer %q, want %q", got, c.answer)
			}
			authority := strings.Join(data(r.Ns), "\n")
			if c.authority == "" && authority != "" || !strings.HasPrefix(authority, c.authority) {
				t.Errorf("authority %q, want %q", authority, c.authority)
			}
			if want := (c.rcode == "NOERROR" || c.rcode == "NXDOMAIN") && !strings.Contains(c.authority, " NS"); r.Authoritative != want {
				t.Errorf("authoritative %v, want %v", r.Authoritative, want)
			}
			kept := j.Resolutions(time.Time{})
			if len(kept) != 1 || kept[0].RCode != c.rcode || kept[0].Name != strings.ToLower(c.name) || kept[0].Type != c.rtype || len(kept[0].Answers) != len(c.answer) {
				t.Errorf("journal %+v", kept)
			}
		})
	}
}

func TestALoopOfCNAMEsEnds(t *testing.T) {
	t.Parallel()
	s, _ := newServer()
	if r := s.Answer(ask("loop.example.com", "A")); r.Rcode != mdns.RcodeServerFailure {
		t.Errorf("rcode %s", mdns.RcodeToString[r.Rcode])
	}
}

// serve starts s on a free port and returns its address and a stop that waits.
func serve(t *testing.T, s *Server) (addr string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, "127.0.0.1:0") }()
	addr = s.Addr(t.Context()).String()
	return addr, func() error { cancel(); return <-ended }
}

func TestServesUDPAndTCPOnOnePortUntilStopped(t *testing.T) {
	t.Parallel()
	s, _ := newServer()
	addr, stop := serve(t, s)
	udp, tcp := &mdns.Client{}, &mdns.Client{Net: "tcp"}
	for _, c := range []*mdns.Client{udp, tcp} {
		r, _, err := c.Exchange(ask("a.example.com", "A"), addr)
		if err != nil || len(r.Answer) != 2 {
			t.Fatalf("%s: %v, %v", c.Net, r, err)
		}
	}
	r, _, err := udp.Exchange(ask("big.example.com", "A"), addr)
	if err != nil {
		t.Fatal(err)
	}
	r.Compress = true // as it was sent
	if !r.Truncated || len(r.Answer) >= 200 || r.Len() > mdns.MinMsgSize {
		t.Errorf("a large answer over UDP: truncated %v, %d records, %d bytes, %v", r.Truncated, len(r.Answer), r.Len(), err)
	}
	q := ask("big.example.com", "A").SetEdns0(4096, false)
	if r, _, err = udp.Exchange(q, addr); err != nil {
		t.Fatal(err)
	}
	if r.Compress = true; !r.Truncated || r.Len() > udpSize || r.Len() <= mdns.MinMsgSize {
		t.Errorf("with EDNS: truncated %v, %d bytes, %v", r.Truncated, r.Len(), err)
	}
	if r, _, err = tcp.Exchange(ask("big.example.com", "A"), addr); err != nil || r.Truncated || len(r.Answer) != 200 {
		t.Errorf("a large answer over TCP: truncated %v, %d records, %v", r.Truncated, len(r.Answer), err)
	}
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if _, _, err := tcp.Exchange(ask("a.example.com", "A"), addr); err == nil {
		t.Error("still answers after the end of its context")
	}
}

func TestAStubResolverGetsThroughACNAME(t *testing.T) {
	t.Parallel()
	s, _ := newServer()
	addr, stop := serve(t, s)
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
	got, err := resolver.LookupHost(t.Context(), "cc.example.com.")
	if err != nil || !slices.Contains(got, "127.0.0.1") {
		t.Errorf("%v, %v", got, err)
	}
	_, err = resolver.LookupHost(t.Context(), "no.example.com.")
	var missing *net.DNSError
	if !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("a name that does not exist: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestAPortInUseIsAnError(t *testing.T) {
	t.Parallel()
	a, _ := newServer()
	addr, stop := serve(t, a)
	b, _ := newServer()
	if err := b.Serve(t.Context(), addr); err == nil {
		t.Error("two servers on one port")
	}
	if got := b.Addr(t.Context()); got.IsValid() {
		t.Errorf("a server that does not listen is at %v", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
