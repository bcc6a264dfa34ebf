// Package dns answers queries over UDP and TCP for the hosted zones of the
// simulated Route 53 and for the names of distributions under cloudfront.net.
//
// Each query is answered by one of the four name servers of the delegation set,
// drawn by seed, with what that one knows at the moment. The server is
// authoritative for everything it knows and follows CNAMEs among that (RFC 1034,
// 4.3.2), so a stub resolver may use it alone. It never asks anybody: all other
// names are refused.
package dns

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/route53"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Zones is what the name servers know; *route53.Service is one.
type Zones interface {
	Lookup(server int, at time.Time, name, rtype string) route53.Lookup
}

// Options configure a Server.
type Options struct {
	Clock   clock.Clock
	Journal *journal.Journal // nil: none
	Zones   Zones
	// Distributions says whether a cloudfront.net name resolves and whether it
	// has IPv6. nil: none does.
	Distributions func(domain string, at time.Time) (exists, ipv6 bool)
	// Endpoint gives the address of an alias target of another service, such as
	// an S3 website. nil or an invalid address: it has none.
	Endpoint func(domain string, at time.Time) netip.Addr
	EdgeIPv4 netip.Addr
	EdgeIPv6 netip.Addr // invalid: AAAA of a distribution has no data
	Seed     uint64
}

// A Server answers queries. It is safe for concurrent use.
type Server struct {
	opt   Options
	rngMu sync.Mutex
	rng   *rand.Rand

	ready   chan struct{} // closed once addr or the error of listening is known
	once    sync.Once
	addrMu  sync.Mutex
	address netip.AddrPort
}

// New returns a Server that is not listening yet; Answer works at once.
func New(o Options) *Server {
	if o.Distributions == nil {
		o.Distributions = func(string, time.Time) (bool, bool) { return false, false }
	}
	if o.Endpoint == nil {
		o.Endpoint = func(string, time.Time) netip.Addr { return netip.Addr{} }
	}
	return &Server{opt: o, rng: rand.New(rand.NewPCG(o.Seed, 0x646e73)), ready: make(chan struct{})}
}

const (
	cloudfront = "cloudfront.net."
	// aliasTTL is the TTL of every answer about a distribution. Observed with dig.
	aliasTTL = 60
	// cloudfrontSOA is for negative answers; its minimum keeps caches short.
	cloudfrontSOA = "ns-1306.awsdns-35.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60"
	maxChain      = 8
)

// Answer returns the reply to q as it goes over TCP: whole.
func (s *Server) Answer(q *mdns.Msg) *mdns.Msg {
	reply := new(mdns.Msg)
	if len(q.Question) != 1 {
		return reply.SetRcode(q, mdns.RcodeFormatError)
	}
	reply.SetReply(q)
	question := q.Question[0]
	at := s.opt.Clock.Now()
	switch {
	case q.Opcode != mdns.OpcodeQuery || question.Qtype == mdns.TypeANY || question.Qtype == mdns.TypeAXFR || question.Qtype == mdns.TypeIXFR:
		reply.Rcode = mdns.RcodeNotImplemented
	case question.Qclass != mdns.ClassINET:
		reply.Rcode = mdns.RcodeRefused
	default:
		s.resolve(reply, question, at)
	}
	if opt := q.IsEdns0(); opt != nil {
		reply.SetEdns0(udpSize, opt.Do())
	}
	s.record(reply, question, at)
	return reply
}

// resolve answers from one name server, following CNAMEs to names we know.
func (s *Server) resolve(reply *mdns.Msg, question mdns.Question, at time.Time) {
	s.rngMu.Lock()
	server := s.rng.IntN(route53.Servers)
	s.rngMu.Unlock()
	owner := question.Name
	for hop := range maxChain {
		f := s.find(server, owner, question.Qtype, at)
		if f.refused {
			if hop == 0 {
				reply.Rcode = mdns.RcodeRefused
			}
			return // a CNAME leads away: the resolver goes on alone
		}
		reply.Authoritative = reply.Authoritative || !f.referral
		reply.Answer = append(reply.Answer, f.answer...)
		reply.Ns = append(reply.Ns, f.authority...)
		reply.Rcode = f.rcode
		if f.next == "" {
			return
		}
		owner = f.next
	}
	reply.Rcode = mdns.RcodeServerFailure // a loop of CNAMEs
}

// A finding is what is known about one owner name.
type finding struct {
	refused, referral bool
	rcode             int
	answer, authority []mdns.RR
	next              string // the CNAME to follow
}

func (s *Server) find(server int, owner string, qtype uint16, at time.Time) finding {
	if lower := strings.ToLower(owner); lower == cloudfront || strings.HasSuffix(lower, "."+cloudfront) {
		return s.findDistribution(owner, lower, qtype, at)
	}
	rtype := mdns.TypeToString[qtype]
	if rtype == "" {
		rtype = fmt.Sprintf("TYPE%d", qtype)
	}
	l := s.opt.Zones.Lookup(server, at, octalName(owner), rtype)
	if !l.InZone {
		return finding{refused: true}
	}
	soa := records(decimal(l.Zone), "SOA", min(l.SOATTL, 86400), []string{l.SOA})
	switch {
	case !l.NameExists:
		return finding{rcode: mdns.RcodeNameError, authority: soa}
	case l.Delegated:
		return finding{referral: true, authority: records(decimal(l.Zone), "NS", l.TTL, l.Values)}
	case l.AliasTarget != "":
		// A target that has no such address, or does not exist any more, is no
		// data: the alias itself still makes the name exist.
		if found := s.address4or6(owner, l.AliasTarget, qtype, at); len(found) > 0 {
			return finding{answer: found}
		}
		return finding{authority: soa}
	case len(l.Values) == 0:
		return finding{authority: soa}
	}
	out := finding{answer: records(owner, l.Type, l.TTL, l.Values)}
	if len(out.answer) == 0 { // a value only Route 53 understands
		return finding{rcode: mdns.RcodeServerFailure}
	}
	if cname, ok := out.answer[0].(*mdns.CNAME); ok && qtype != mdns.TypeCNAME {
		out.next = cname.Target
	}
	return out
}

// findDistribution answers for cloudfront.net itself.
func (s *Server) findDistribution(owner, lower string, qtype uint16, at time.Time) finding {
	soa := records(cloudfront, "SOA", aliasTTL, []string{cloudfrontSOA})
	domain := strings.TrimSuffix(lower, ".")
	if exists, _ := s.opt.Distributions(domain, at); !exists && lower != cloudfront {
		return finding{rcode: mdns.RcodeNameError, authority: soa}
	}
	if found := s.address4or6(owner, domain, qtype, at); len(found) > 0 {
		return finding{answer: found}
	}
	return finding{authority: soa}
}

// address4or6 is the data of a target outside Route 53: addresses of the edge
// for a distribution, and an HTTPS record that offers HTTP/2.
func (s *Server) address4or6(owner, target string, qtype uint16, at time.Time) []mdns.RR {
	v4, v6 := s.opt.EdgeIPv4, s.opt.EdgeIPv6
	rtype, values := mdns.TypeToString[qtype], []string(nil)
	exists, ipv6 := s.opt.Distributions(target, at)
	if !exists {
		v4, v6 = netip.Addr{}, netip.Addr{}
		if a := s.opt.Endpoint(target, at); a.Is4() {
			v4 = a
		} else {
			v6, ipv6 = a, true
		}
	}
	switch {
	case qtype == mdns.TypeA && v4.IsValid():
		values = []string{v4.String()}
	case qtype == mdns.TypeAAAA && ipv6 && v6.IsValid():
		values = []string{v6.String()}
	case qtype == mdns.TypeHTTPS && exists:
		values = []string{`1 . alpn="h2"`}
	}
	return records(owner, rtype, aliasTTL, values)
}

// Addresses is the record data of a target outside Route 53 in presentation
// form. It suits route53.Options.Addresses.
func (s *Server) Addresses(domain, rtype string, at time.Time) []string {
	var out []string
	for _, rr := range s.address4or6(".", domain, mdns.StringToType[rtype], at) {
		out = append(out, rdata(rr))
	}
	return out
}

// records turns values as Route 53 keeps them into resource records.
func records(owner, rtype string, ttl int, values []string) []mdns.RR {
	var out []mdns.RR
	for _, v := range values {
		rr, err := mdns.NewRR(fmt.Sprintf(". %d IN %s %s", ttl, rtype, decimal(v)))
		if err != nil || rr == nil {
			continue
		}
		rr.Header().Name = owner
		out = append(out, rr)
	}
	return out
}

// octalName turns a name as it comes from the wire (\DDD is decimal) into the
// form Route 53 knows (\ooo is octal).
func octalName(name string) string {
	var out strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '\\' && i+3 < len(name) && digit(name[i+1]) && digit(name[i+2]) && digit(name[i+3]):
			c = (name[i+1]-'0')*100 + (name[i+2]-'0')*10 + (name[i+3] - '0')
			i += 3
		case c == '\\' && i+1 < len(name):
			i++
			c = name[i]
		default:
			out.WriteByte(c)
			continue
		}
		fmt.Fprintf(&out, `\%03o`, c)
	}
	return out.String()
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// decimal turns the octal escapes of Route 53 into the decimal ones of master files.
func decimal(v string) string {
	var out strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+3 < len(v) && v[i+1] <= '3' && digit(v[i+1]) && digit(v[i+2]) && digit(v[i+3]) {
			fmt.Fprintf(&out, `\%03d`, int(v[i+1]-'0')<<6|int(v[i+2]-'0')<<3|int(v[i+3]-'0'))
			i += 3
			continue
		}
		out.WriteByte(v[i])
		if v[i] == '\\' && i+1 < len(v) {
			i++
			out.WriteByte(v[i])
		}
	}
	return out.String()
}

func rdata(rr mdns.RR) string { return strings.TrimPrefix(rr.String(), rr.Header().String()) }

func (s *Server) record(reply *mdns.Msg, question mdns.Question, at time.Time) {
	if s.opt.Journal == nil {
		return
	}
	r := journal.Resolution{
		At: at, Name: strings.TrimSuffix(strings.ToLower(question.Name), "."),
		Type: mdns.Type(question.Qtype).String(), RCode: mdns.RcodeToString[reply.Rcode],
	}
	for _, rr := range reply.Answer {
		r.Answers = append(r.Answers, rdata(rr))
	}
	s.opt.Journal.AddResolution(r)
}
