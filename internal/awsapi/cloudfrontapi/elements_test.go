package cloudfrontapi

import "testing"

func TestFirstLostNamesWhatAnUpdateWouldDrop(t *testing.T) {
	t.Parallel()
	answer := func(inner string) string {
		return `<Distribution><Id>E1</Id><DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">` + inner + `</DistributionConfig><New>x</New></Distribution>`
	}
	request := func(inner string) string { return `<DistributionConfig>` + inner + `</DistributionConfig>` }
	for _, c := range []struct {
		name, got, sent, want string
	}{
		{"nothing", answer(`<A>1</A>`), request(`<A>1</A>`), ""},
		{"an element", answer(`<A>1</A><B>2</B>`), request(`<A>1</A>`), "B"},
		{"a value", answer(`<A>1</A>`), request(`<A>2</A>`), "A"},
		{"one of two equal ones", answer(`<L><I>x</I><I>x</I></L>`), request(`<L><I>x</I></L>`), "L/I"},
		{"the same text elsewhere does not replace it", answer(`<A><B>1</B></A>`), request(`<C><B>1</B></C>`), "A/B"},
		{"order does not matter", answer(`<A>1</A><B>2</B>`), request(`<B>2</B><A>1</A>`), ""},
		{"what holds nothing", answer(`<A>1</A><B></B><C> </C>`), request(`<A>1</A>`), ""},
		{"what is added", answer(`<A>1</A>`), request(`<A>1</A><B>2</B>`), ""},
		{"what is meant to change", answer(`<A>1</A><Aliases><Items><CNAME>x</CNAME></Items></Aliases>`), request(`<A>1</A>`), ""},
		{"only at the top", answer(`<A><Aliases>1</Aliases></A>`), request(`<A></A>`), "A/Aliases"},
		{"an answer that was not kept", "", request(`<A>1</A>`), "an unreadable answer"},
		{"an answer cut short", answer(`<A>1</A>`)[:120], request(`<A>1</A>`), "an unreadable answer"},
		{"a request that cannot be read", answer(`<A>1</A>`), "<DistributionConfig><A>1</A>", "A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := firstLost([]byte(c.got), []byte(c.sent), "Aliases"); got != c.want {
				t.Errorf("lost %q, want %q", got, c.want)
			}
		})
	}
}

func TestOnlyAConfigurationHasAFingerprint(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{"", "<html></html>", "<DistributionConfig><A>"} {
		if got := fingerprint([]byte(doc)); got != "" {
			t.Errorf("%q has the fingerprint %s", doc, got)
		}
	}
	if fingerprint([]byte("<DistributionConfig><A>1</A></DistributionConfig>")) == "" {
		t.Error("a configuration has none")
	}
}
