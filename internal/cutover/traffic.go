package cutover

// Traffic says where one look at AWS showed that viewers are sent. Every kind of
// cutover says it of its own observation, in these terms and no others, so that what
// people are told about viewers is put into words in one place.
type Traffic []Route

// A Route says where the viewers of some names are sent.
type Route struct {
	Names []string // lower case; empty: every name there is
	// To is where they go, first where most of them do. Empty: nowhere.
	To []Share
	// Nobody says why they go nowhere: "no distribution has it". Only where To is empty.
	Nobody string
	// Learning names those who may not know of this yet, and send some viewers where they
	// went before: "edge locations", "resolvers". Empty: it is so everywhere.
	Learning string
	// Note is a further fact about these names, as a sentence.
	Note string
}

// A Share is a part of the viewers of a route.
type Share struct {
	To       string // who answers them, as people call it: "green (E2)", "E1"
	Part     string // which of them: "5 % of the viewers". Empty: all others
	Has      string // what they get there: "the configuration that was settled last". Empty: not said
	Disabled bool   // they get nothing there
}
