package awsapi

// Limited and Unrepeating are what Load makes of a client and of a retryer.
var (
	Limited     = limited
	Unrepeating = unrepeating
)

// IDs is what of each operation's input may be shown, and About what that comes to.
var (
	IDs   = ids
	About = about
)
