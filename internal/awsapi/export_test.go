package awsapi

// Limited and Unrepeating are what Load makes of a client and of a retryer.
var (
	Limited     = limited
	Unrepeating = unrepeating
)
