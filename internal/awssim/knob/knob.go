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
	// AssociateAlias, which has no PreconditionFailed, answers IllegalUpdate instead.
	RefuseMoveInProgress string `json:"refuse_move_in_progress"`
	// SourceMustBeDisabled: UpdateDomainAssociation and AssociateAlias within an account
	// refuse an enabled source, as the API reference words it.
	SourceMustBeDisabled bool `json:"source_must_be_disabled"`
	// RequireTXT: AssociateAlias within an account wants the TXT proof too.
	RequireTXT bool `json:"require_txt"`
	// SourceMustBeDeployed: a source in another account has to be Deployed besides disabled
	// before a name moves off it.
	SourceMustBeDeployed bool `json:"source_must_be_deployed"`
	// TXTAll: a name with several TXT values proves a domain only if every one of them is that
	// domain; otherwise one is enough.
	TXTAll bool `json:"txt_all"`
	// ProofLast: a move from another account is refused for an enabled source before anybody looks
	// for the proof.
	ProofLast bool `json:"proof_last"`
	// TXTCache is how long CloudFront goes on with what it was told of a proof's TXT values; 0
	// is what DNS allows: the TTL of the values, or what the zone's SOA says of absent ones.
	TXTCache time.Duration `json:"txt_cache"`
	// RefuseWildcardProof: a wildcard cannot be proven at all; otherwise _.example.com proves
	// *.example.com.
	RefuseWildcardProof bool `json:"refuse_wildcard_proof"`
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
	// that are required for updates only, of the distribution (Aliases, CacheBehaviors, ...),
	// of each cache behaviour (Compress, ...) and of each origin (CustomHeaders,
	// OriginReadTimeout, ...); otherwise they fall back to their defaults.
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
	// ListLag is how long the lists of distributions, of continuous deployment policies and of
	// functions go on showing what was before a write. Those of Route 53 show it at once: they
	// have what is PENDING, too.
	ListLag time.Duration `json:"list_lag"`
	// ReadsPerSecond is how many reads each service answers before Throttling, once
	// ReadBurst of them have come at once; 0 is no limit.
	ReadsPerSecond float64 `json:"reads_per_second"`
	ReadBurst      int     `json:"read_burst"`
	// DistributionWrites is the number of CloudFront writes a minute before Throttling; 0 is no limit.
	DistributionWrites int `json:"distribution_writes"`
	// Distributions is how many an account may have; AWS raises the quota for who asks.
	Distributions int `json:"distributions"`
	// StagingDistributions is how many of them may be for staging, and how many continuous
	// deployment policies an account may have.
	StagingDistributions int `json:"staging_distributions"`
	// InvalidationSpan is how long an invalidation stays InProgress, which is five times as
	// long as it needs to the last point of presence; 0 takes the propagation of a change.
	InvalidationSpan time.Duration `json:"invalidation_span"`
	// InvalidationPaths and InvalidationWildcards are how many paths without a wildcard, and
	// with one, may be in progress for one distribution (General Reference); 0 is no limit.
	InvalidationPaths     int `json:"invalidation_paths"`
	InvalidationWildcards int `json:"invalidation_wildcards"`
	// InvalidationPathRate and InvalidationWildcardRate are the newer guide's limits of an
	// account, paths and tags a second, before Throttling; 0 is no limit. One batch may have
	// more, and then takes what whole seconds allow.
	InvalidationPathRate     int `json:"invalidation_path_rate"`
	InvalidationWildcardRate int `json:"invalidation_wildcard_rate"`

	// RefuseTagWithoutConfig: a cache tag in an invalidation of a distribution without
	// CacheTagConfig is refused; otherwise it is taken, and matches nothing.
	RefuseTagWithoutConfig bool `json:"refuse_tag_without_config"`
	// RefuseInvalidationDisabled: an invalidation of a disabled distribution is refused.
	RefuseInvalidationDisabled bool `json:"refuse_invalidation_disabled"`

	// Cache behaviours and caches.

	// EqualPatterns: path patterns that are equal, or differ in their leading slash alone,
	// are accepted; the first one matches.
	EqualPatterns bool `json:"equal_patterns"`
	// RefuseStarPattern: a cache behaviour for * is refused; otherwise it hides the default one.
	RefuseStarPattern bool `json:"refuse_star_pattern"`
	// RegionalCaches is how many regional edge caches stand between the points of presence
	// and the origins, each for its share of them; with 0 every point of presence asks
	// origins itself. What a regional cache holds was asked for by whichever point of
	// presence came first, with the configuration that that one knew.
	RegionalCaches int `json:"regional_caches"`
	// OriginPathInKey: the path of the origin is part of the cache key.
	OriginPathInKey bool `json:"origin_path_in_key"`
	// PurgeOnOriginChange: what another origin has answered is not served once a behaviour
	// is pointed elsewhere. It is found again when the behaviour is pointed back.
	PurgeOnOriginChange bool `json:"purge_on_origin_change"`

	// Lambda@Edge.

	// PendingSpan is how long a version is Pending after it was published.
	PendingSpan time.Duration `json:"pending_span"`
	// InactiveVersion is what the association of a version that is not Active is refused
	// with: InvalidLambdaFunctionAssociation or InvalidArgument.
	InactiveVersion string `json:"inactive_version"`
	// ReplicaSpan is how long a version cannot be deleted after the last distribution has
	// let go of it.
	ReplicaSpan time.Duration `json:"replica_span"`

	// CloudFront Functions and their stores.

	// FunctionMedian and FunctionP99 are how long a published function takes to a point of
	// presence, half of the time and in 99 of 100 cases.
	FunctionMedian time.Duration `json:"function_median"`
	FunctionP99    time.Duration `json:"function_p99"`
	// FunctionAtOnce: a function with an association is DEPLOYED as soon as it is published, not
	// IN_PROGRESS until it has reached every point of presence.
	FunctionAtOnce bool `json:"function_at_once"`
	// UnpublishedFunction is what the association of a function is refused with that was never
	// published: InvalidFunctionAssociation or InvalidArgument.
	UnpublishedFunction string `json:"unpublished_function"`
	// StaleTest is what TestFunction with an older ETag answers: InvalidIfMatchVersion or
	// PreconditionFailed, which the model does not list.
	StaleTest string `json:"stale_test"`
	// DeleteByLiveETag: DeleteFunction takes the ETag of the live version as well.
	DeleteByLiveETag bool `json:"delete_by_live_etag"`
	// ResponseSees is what the function at viewer-response sees as event.request: "modified",
	// what the one at viewer-request made of it, or "original", what the viewer sent.
	ResponseSees string `json:"vresp_request"`
	// ThrottleFunctions: where at least half of a function's runs in the last 60 s failed, a
	// point of presence runs it no more and answers 503, until FunctionThrottled has passed
	// since its last failure. It goes by the name of the function: a repaired version waits too.
	ThrottleFunctions bool          `json:"throttle_functions"`
	FunctionThrottled time.Duration `json:"function_throttled"`
	// MissingKey is the name of the error with which a function's get of a key is rejected that
	// is not there.
	MissingKey string `json:"missing_key"`

	// KeyValueStores is how many stores an account may have, FunctionsPerStore how many
	// functions may have one store. The guide had 50 and 10, and has 200 and 100.
	KeyValueStores    int `json:"key_value_stores"`
	FunctionsPerStore int `json:"functions_per_store"`
	// FunctionDistributions is how many distributions may have one function.
	FunctionDistributions int `json:"function_distributions"`
	// ProvisioningSpan is how long a new store is PROVISIONING.
	ProvisioningSpan time.Duration `json:"provisioning_span"`
	// StoreMedian and StoreP99 are how long a change of a store takes to a point of presence,
	// half of the time and in 99 of 100 cases.
	StoreMedian time.Duration `json:"store_median"`
	StoreP99    time.Duration `json:"store_p99"`
	// StoreFlap: while a change arrives at a point of presence, functions there find what it
	// changes absent, old, new, absent and old in turn before it is new for good. One public
	// measurement of 2026 has it.
	StoreFlap bool `json:"kvs_flap"`
	// StaleStore is what a write to a store with an older ETag answers: ConflictException or
	// PreconditionFailed, which the model does not list.
	StaleStore string `json:"stale_store"`
	// DeleteAbsentKey: DeleteKey of a key that is not there is a success without a change.
	DeleteAbsentKey bool `json:"delete_absent_key"`
	// SessionTokens is the version of the session tokens of STS: 1, 2, or 0 for what the
	// endpoint gives, which is 1 from sts.amazonaws.com and 2 from the regional ones. Where
	// SigV4A is asked for, tokens of version 1 are refused.
	SessionTokens int `json:"session_tokens"`

	// Continuous deployment: the control plane.

	// FlatRatePlan: the account pays a flat rate, which buys neither continuous
	// deployment nor Lambda@Edge.
	FlatRatePlan bool `json:"flat_rate_plan"`
	// StagingAliasError is what aliases on a staging distribution are refused with:
	// InvalidArgument, CNAMEAlreadyExists or IllegalUpdate. A creation, which has no
	// IllegalUpdate, answers InvalidArgument instead.
	StagingAliasError string `json:"staging_alias_error"`
	// CopyReplay: CopyDistribution of the same primary with a caller reference and Enabled
	// that made a staging distribution before answers with that one, not with DistributionAlreadyExists.
	CopyReplay bool `json:"copy_replay"`
	// RepeatedPolicyExists: creating a policy equal to one there is answers
	// ContinuousDeploymentPolicyAlreadyExists instead of StagingDistributionInUse.
	RepeatedPolicyExists bool `json:"repeated_policy_exists"`
	// RefuseZeroWeight: a weight below 0.01, where the guide's walk-through begins, is refused.
	RefuseZeroWeight bool `json:"refuse_zero_weight"`
	// PointerOnAttach: a staging distribution shows the id of the policy that names it only
	// while a primary has that policy, not from the creation of the policy on.
	PointerOnAttach bool `json:"pointer_on_attach"`
	// PointerNewETag: a staging distribution gets a new ETag, and is InProgress, when it
	// begins or ceases to show the id of a policy.
	PointerNewETag bool `json:"pointer_new_etag"`
	// PointerRequired: an update of a staging distribution has to send the id that it shows;
	// leaving it out is refused as a wrong one is.
	PointerRequired bool `json:"pointer_required"`
	// PolicyUpdatePrimary is what an update of an attached policy does to the primary
	// besides making it InProgress: "" nothing, "etag" a new ETag. With "silent" the
	// primary stays Deployed while the points of presence learn of the policy.
	PolicyUpdatePrimary string `json:"policy_update_primary"`
	// DeleteAttachedPolicy: a policy that is disabled can be deleted while it is attached,
	// which detaches it.
	DeleteAttachedPolicy bool `json:"delete_attached_policy"`
	// RefuseDetachEnabled: detaching a policy that is enabled answers IllegalUpdate.
	RefuseDetachEnabled bool `json:"refuse_detach_enabled"`
	// DetachWithChanges: an update that detaches may change locked fields too.
	DetachWithChanges bool `json:"detach_with_changes"`
	// AliasesUnlocked: UpdateDistribution may change the aliases of a primary with a policy,
	// although they are not in the guide's list.
	AliasesUnlocked bool `json:"aliases_unlocked"`
	// EnabledLocked: a primary cannot be enabled or disabled while its policy is enabled.
	EnabledLocked bool `json:"enabled_locked"`
	// PromoteNeedsEnabled: a promotion while the policy is disabled answers IllegalUpdate.
	PromoteNeedsEnabled bool `json:"promote_needs_enabled"`
	// PromoteUnlinked: a primary without a policy takes the configuration of any staging distribution.
	PromoteUnlinked bool `json:"promote_unlinked"`
	// RefusePromoteInProgress and RefusePromoteStagingInProgress: a promotion while the
	// primary, or the staging distribution, is InProgress answers this error code,
	// PreconditionFailed or IllegalUpdate ("" accepts).
	RefusePromoteInProgress        string `json:"refuse_promote_in_progress"`
	RefusePromoteStagingInProgress string `json:"refuse_promote_staging_in_progress"`
	// PromoteNewStagingETag: the staging distribution gets a new ETag by a promotion, and is InProgress.
	PromoteNewStagingETag bool `json:"promote_new_staging_etag"`
	// PromoteKeepsEnabled: the primary keeps its own Enabled in a promotion.
	PromoteKeepsEnabled bool `json:"promote_keeps_enabled"`

	// Continuous deployment: the points of presence.

	// StagingFallback: where staging is disabled or has not arrived, the primary serves
	// what a policy sends to it; otherwise it is refused.
	StagingFallback bool `json:"staging_fallback"`
	// SessionCookie is the name of the cookie of sticky sessions.
	SessionCookie string `json:"session_cookie"`
	// PeakSpan is how long a peak of the CloudFront service lasts, in which the primary
	// gets every request whatever its policy says; 0 is never. PeakEvery is how often one
	// comes, for each point of presence at its own random moment; where it is not longer
	// than PeakSpan, it is always peak.
	PeakSpan  time.Duration `json:"peak_span"`
	PeakEvery time.Duration `json:"peak_every"`
	// WeightedErrorBug: routing by weight and a custom error response give 500 now and then,
	// as some met it in 2025.
	WeightedErrorBug bool `json:"weighted_error_bug"`
	// ForeignPathErrors: a request that matches a path pattern which only staging has is
	// answered with 500, as the guide of 2022 warns.
	ForeignPathErrors bool `json:"foreign_path_errors"`
	// RefusedStatus is what the name of a disabled distribution, or a staging
	// distribution's own name, is answered with.
	RefusedStatus int `json:"refused_status"`

	// InsyncSpan is how long a Route 53 change stays PENDING.
	InsyncSpan time.Duration `json:"insync_span"`
	// AliasMustMatch: an alias record to a distribution that does not own the record's name is refused.
	AliasMustMatch bool `json:"alias_must_match"`
	// RecordThrottling applies Route 53's token buckets (50 burst, 10 per second).
	RecordThrottling bool `json:"record_throttling"`
	// PriorRequest: a second change to a zone while one is PENDING answers PriorRequestNotComplete.
	PriorRequest bool `json:"prior_request"`
	// RecoverySpan is how long accelerated recovery of a zone is being enabled or disabled,
	// and RecoveryLock for how much of that, at its end, the zone is locked.
	RecoverySpan time.Duration `json:"recovery_span"`
	RecoveryLock time.Duration `json:"recovery_lock"`
	// LockedZone is what a change to a locked zone answers: PriorRequestNotComplete or InvalidInput.
	LockedZone string `json:"locked_zone"`

	// MetricDelay is how long after the end of a minute its metrics can be read from CloudWatch.
	MetricDelay time.Duration `json:"metric_delay"`
}

// Defaults are the answers recommended where AWS is silent.
func Defaults() Knobs {
	return Knobs{
		Distributions:        500, // Developer Guide, quotas
		StagingDistributions: 20,  // the same
		DNSCheckDelay:        time.Minute,
		UnownedMove:          "EntityNotFound",
		// The older of the two published sets of quotas: the newer one is per second.
		InvalidationPaths: 3000, InvalidationWildcards: 15,
		InvalidationSpan: 20 * time.Second, // and effect within 4 s: "Fast cache invalidations" has seconds for it
		PendingSpan:      5 * time.Second,
		InactiveVersion:  "InvalidLambdaFunctionAssociation",
		ReplicaSpan:      2 * time.Hour,
		FunctionMedian:   5 * time.Second, FunctionP99: 30 * time.Second,
		UnpublishedFunction: "InvalidFunctionAssociation",
		StaleTest:           "InvalidIfMatchVersion",
		ResponseSees:        "modified",
		FunctionThrottled:   10 * time.Minute,
		MissingKey:          "KeyNotFound",
		KeyValueStores:      50, FunctionsPerStore: 10, FunctionDistributions: 100, // the smaller of the two published sets
		ProvisioningSpan: 20 * time.Second,
		StoreMedian:      5 * time.Second, StoreP99: 45 * time.Second,
		StaleStore:        "ConflictException",
		StagingAliasError: "InvalidArgument",
		SessionCookie:     "awssim-session",
		PeakEvery:         6 * time.Hour,
		RefusedStatus:     403,
		InsyncSpan:        30 * time.Second,
		RecordThrottling:  true,
		RecoverySpan:      10 * time.Minute,
		RecoveryLock:      2 * time.Minute,
		LockedZone:        "PriorRequestNotComplete",
		MetricDelay:       2 * time.Minute,
	}
}
