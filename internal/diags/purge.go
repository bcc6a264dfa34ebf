package diags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"
)

// An InvalidationStop is an invalidation by itself, beside no cutover, that did not reach its
// end.
type InvalidationStop struct {
	Spec    purge.Spec
	ID      string // "": CloudFront has taken none
	Err     error
	Created bool // during Create: no state is left
	Invoked bool // by an action
}

var (
	pathsPath = path.Root("paths")
	tagsPath  = path.Root("tags")
)

// holds says what edge locations hold by now.
func (s InvalidationStop) holds() string {
	if s.ID == "" && (errors.Is(s.Err, awsapi.ErrRefused) || errors.Is(s.Err, awsapi.ErrDenied)) {
		return fmt.Sprintf("Nothing was invalidated: edge locations of %s go on serving what they hold of %s.", s.Spec.Distribution, s.Spec.Named())
	}
	if s.ID == "" {
		return fmt.Sprintf("Whether anything was invalidated is not known: edge locations of %s may go on serving what they hold of %s.", s.Spec.Distribution, s.Spec.Named())
	}
	return fmt.Sprintf("CloudFront has taken invalidation %s of %s on %s, which goes on by itself. Until it is complete, edge locations may serve copies of before.", s.ID, s.Spec.Named(), s.Spec.Distribution)
}

// next says what comes of it.
func (s InvalidationStop) next() string {
	switch {
	case s.Invoked:
		return "Invoke the action again: it asks for an invalidation of its own."
	case s.Created:
		return "Nothing is recorded in state. " + foundAgain
	default:
		return "State keeps what was invalidated last. " + foundAgain
	}
}

const foundAgain = "The next apply finds an invalidation that this one has asked for, and asks for no second one unless the first is complete and a quarter of an hour old."

// InvalidationStopped words it.
func InvalidationStopped(s InvalidationStop) diag.Diagnostic {
	if o, ok := errors.AsType[*purge.Obstacle](s.Err); ok {
		return purgeObstacle(s, o)
	}
	if large, ok := errors.AsType[*awsapi.TooLarge](s.Err); ok {
		return TooManyToInvalidate(large)
	}
	if s.ID == "" && errors.Is(s.Err, awsapi.ErrNotFound) { // deleted since it was looked at
		return purgeObstacle(s, &purge.Obstacle{Kind: purge.Missing, Found: s.Spec.Distribution})
	}
	if s.ID == "" && errors.Is(s.Err, awsapi.ErrRefused) {
		return says(path.Empty(), "CloudFront refuses the invalidation", s.holds(), "  "+describe(s.Err), s.next(), "Correct what CloudFront names, and apply again.")
	}
	return Unfinished(Work{What: "The invalidation", Traffic: s.holds(), Err: s.Err, Created: s.Created, Invoked: s.Invoked, Next: s.next()})
}

// undropped begins what is said of an obstacle, which was found before anything was asked for.
const undropped = "Nothing was invalidated."

func purgeObstacle(s InvalidationStop, o *purge.Obstacle) diag.Diagnostic {
	at := path.Root("distribution_id")
	switch o.Kind {
	case purge.TagsUnread:
		return says(tagsPath, "The distribution reads no cache tags", undropped, fmt.Sprintf("%s is to be invalidated, and %s has no CacheTagConfig: nothing that it holds has a tag, so nothing would be dropped.", o.Found, s.Spec.Distribution),
			"Set the header that cache tags come in, in the distribution's CacheTagConfig, and invalidate paths until what was cached before is gone; or write `paths`.")
	case purge.Missing:
	}
	return NoDistribution(at, o.Found)
}

// NothingToInvalidate refuses a configuration without paths and tags.
func NothingToInvalidate(at path.Path) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, "Nothing to invalidate", "Neither `paths` nor `tags` is set. Write paths = [\"/*\"] for all that edge locations hold, or fewer.")
}

// TooManyToInvalidate words a awsapi.TooLarge about an invalidation by itself.
func TooManyToInvalidate(err error) diag.Diagnostic {
	return tooMany(pathsPath, err, ", or divide them among resources that depend on each other")
}

// TooManyForACutover words one about the attribute invalidate of a cutover.
func TooManyForACutover(err error) diag.Diagnostic { return tooMany(invalidatePath, err, "") }

func tooMany(at path.Path, err error, or string) diag.Diagnostic {
	quota, advice := "paths_in_progress", "Write fewer paths that end in *, or cache tags"+or+"."
	if large, ok := errors.AsType[*awsapi.TooLarge](err); ok && large.Wildcards {
		quota, advice = "wildcards_in_progress", "Write fewer of them, such as one for the folder that they have in common"+or+"."
	}
	return diag.NewAttributeErrorDiagnostic(at, "More than one invalidation may have",
		paragraphs(capital(err.Error())+" for one distribution.", advice, fmt.Sprintf("Where AWS has raised the quota of the account, write it in `invalidation_quotas.%s` of the provider.", quota)))
}

// InvalidationNotImported words an import that found nothing, or could not look.
func InvalidationNotImported(distribution, id string, err error) diag.Diagnostic {
	if errors.Is(err, awsapi.ErrNotFound) {
		return diag.NewErrorDiagnostic("CloudFront has no such invalidation", paragraphs(fmt.Sprintf("%s has no invalidation %s, or has forgotten it: CloudFront keeps them for a while only.", distribution, id),
			"Create the resource instead of importing it: that invalidates once."))
	}
	return diag.NewErrorDiagnostic("The invalidation could not be imported", paragraphs("  "+describe(err), adviceFor(err, "Fix the cause and import again.")))
}

// TagsNotInvalidated warns of cache tags that a run has left out of what it has invalidated on
// a distribution.
func TagsNotInvalidated(distribution string, tags []string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), "Cache tags were not invalidated",
		paragraphs(fmt.Sprintf("%s was left out, and the rest of `invalidate` was not: %s has no CacheTagConfig, so nothing that it holds has a tag.", strings.Join(tags, ", "), distribution),
			"Nothing is left to do for the next apply.",
			"Set the header that cache tags come in, in the distribution's CacheTagConfig; until what was cached before is gone, write paths instead."))
}
