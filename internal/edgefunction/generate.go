package edgefunction

import (
	"crypto/sha256"
	_ "embed" // the code
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Runtime is the only runtime that the code runs in: there are no stores before it.
const Runtime = "cloudfront-js-2.0"

// MaxCode is CloudFront's quota of a function's code, in bytes.
const MaxCode = 10240

// Event is when a function runs.
type Event string

// The events of a viewer's request.
const (
	ViewerRequest  Event = "viewer-request"
	ViewerResponse Event = "viewer-response"
)

var (
	//go:embed common.js
	common string
	//go:embed request.js
	requestCode string
	//go:embed response.js
	responseCode string
)

// Generate writes the code of both functions. It is the same for the same Config.
func Generate(c Config) (request, response []byte, err error) {
	if problems := c.Problems(); len(problems) > 0 {
		return nil, nil, fmt.Errorf("code of an edge split: %s: %s", problems[0].Field, problems[0].Text)
	}
	text, err := json.Marshal(c.line())
	if err != nil {
		return nil, nil, fmt.Errorf("code of an edge split: %w", err)
	}
	fill := strings.NewReplacer(linePrefix+"{};", linePrefix+string(text)+";", "//common\n", common)
	request, response = []byte(fill.Replace(requestCode)), []byte(fill.Replace(responseCode))
	if n := max(len(request), len(response)); n > MaxCode {
		return nil, nil, fmt.Errorf("code of an edge split: %d bytes, and CloudFront takes at most %d. Write shorter ids of origins and prefixes, or fewer sides", n, MaxCode)
	}
	return request, response, nil
}

// MaxName is how long the name of a split may be for FunctionName to fit it.
const MaxName = 42

// FunctionName returns the name of the function that has this code. Other code gets another
// name: CloudFront throttles a function that failed by its name, also after it was repaired.
func FunctionName(split string, e Event, code []byte) string {
	sum := sha256.Sum256(code)
	return split + "-" + strings.TrimPrefix(string(e), "viewer-") + "-" + hex.EncodeToString(sum[:6])
}
