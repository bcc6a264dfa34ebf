// Package knob lists the questions about AWS that nobody can answer from its
// documentation, each with the answer the simulator gives unless told otherwise.
// The provider has to work with every setting of every one of them.
package knob

import "time"

// Knobs is one set of answers. The zero value is not the default: use Defaults.
type Knobs struct {
	// RefuseUpdateInProgress: UpdateDistribution of a distribution that is still
	// InProgress answers this error code instead of queueing the change ("" accepts).
	RefuseUpdateInProgress string `json:"refuse_update_in_progress"`
	// RefuseMoveInProgress: UpdateDomainAssociation onto a distribution that is still
	// InProgress answers this error code, PreconditionFailed or IllegalUpdate ("" accepts).
	RefuseMoveInProgress string `json:"refuse_move_in_progress"`
	// SourceMustBeDisabled: UpdateDomainAssociation and AssociateAlias within an account
	// refuse an enabled source, as the API reference words it.
	SourceMustBeDisabled bool `json:"source_must_be_disabled"`
	// RequireTXT: AssociateAlias within an account wants the TXT proof too.
	RequireTXT bool `json:"require_txt"`
	// RefuseRepeatedAssociate: AssociateAlias of a name the target already owns is
	// an IllegalUpdate instead of a success without a change.
	RefuseRepeatedAssociate bool `json:"refuse_repeated_associate"`
	// MoveLockedByPolicy: an alias move onto or off a primary with a continuous
	// deployment policy attached answers IllegalUpdate.
	MoveLockedByPolicy bool `json:"move_locked_by_policy"`
	// UnownedMove: UpdateDomainAssociation of a name that nobody owns answers this error
	// code, EntityNotFound or IllegalUpdate ("" gives it to the target). AssociateAlias,
	// which has no EntityNotFound, answers IllegalUpdate instead.
	UnownedMove string `json:"unowned_move"`
	// HoldRemovedAlias: a name that UpdateDistribution took off a distribution cannot be
	// added to another one before the first is Deployed; some users met that, others did not.
	HoldRemovedAlias bool `json:"hold_removed_alias"`
	// FullUpdateRequired: UpdateDistribution refuses a configuration without the members
	// that the guide lists as required for updates only (Aliases, CacheBehaviors, ...);
	// otherwise they fall back to their defaults.
	FullUpdateRequired bool `json:"full_update_required"`
	// DNSCheckExempt: adding an alias whose DNS points at another distribution of the
	// same account is not refused.
	DNSCheckExempt bool `json:"dns_check_exempt"`
	// DNSCheckDelay is how long CloudFront goes on seeing the DNS record of before.
	DNSCheckDelay time.Duration `json:"dns_check_delay"`
	// UnownedGap leaves a name that moves without an owner for this long on each POP.
	UnownedGap time.Duration `json:"unowned_gap"`
	// ETagOnDeployed: the ETag changes when Status becomes Deployed, not only with the configuration.
	ETagOnDeployed bool `json:"etag_on_deployed"`
	// DistributionWrites is the number of CloudFront writes a minute before Throttling; 0 is no limit.
	DistributionWrites int `json:"distribution_writes"`
	// InvalidationSpan is how long an invalidation stays InProgress; 0 takes the propagation span.
	InvalidationSpan time.Duration `json:"invalidation_span"`
	// InvalidationPaths and InvalidationWildcards are how many paths, and paths with a
	// wildcard, may be in progress for one distribution (General Reference); 0 is no limit.
	InvalidationPaths     int `json:"invalidation_paths"`
	InvalidationWildcards int `json:"invalidation_wildcards"`
	// InvalidationPathRate and InvalidationWildcardRate are the newer guide's limits, paths
	// a second, before Throttling; 0 is no limit.
	InvalidationPathRate     int `json:"invalidation_path_rate"`
	InvalidationWildcardRate int `json:"invalidation_wildcard_rate"`

	// InsyncSpan is how long a Route 53 change stays PENDING.
	InsyncSpan time.Duration `json:"insync_span"`
	// AliasMustMatch: an alias record to a distribution that does not own the record's name is refused.
	AliasMustMatch bool `json:"alias_must_match"`
	// RecordThrottling applies Route 53's token buckets (50 burst, 10 per second).
	RecordThrottling bool `json:"record_throttling"`
	// PriorRequest: a second change to a zone while one is PENDING answers PriorRequestNotComplete.
	PriorRequest bool `json:"prior_request"`
}

// Defaults are the answers recommended where AWS is silent.
func Defaults() Knobs {
	return Knobs{
		DNSCheckDelay: time.Minute,
		UnownedMove:   "EntityNotFound",
		// The older of the two published sets of quotas: the newer one is per second.
		InvalidationPaths: 3000, InvalidationWildcards: 15,
		InsyncSpan:       30 * time.Second,
		RecordThrottling: true,
	}
}
