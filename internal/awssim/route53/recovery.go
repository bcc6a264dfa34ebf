package route53

import (
	"net/http"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// recovery is how far accelerated recovery of a zone is. Source: model,
// AcceleratedRecoveryStatus; how long it takes, and what a locked zone answers, are knobs.
type recovery struct {
	enable       bool
	since        time.Time // zero: nobody ever asked for it
	locked, done time.Time
}

func (r recovery) status(at time.Time) string {
	doing, did := "ENABLING", "ENABLED"
	if !r.enable {
		doing, did = "DISABLING", "DISABLED"
	}
	switch {
	case r.since.IsZero():
		return ""
	case at.Before(r.locked):
		return doing
	case at.Before(r.done):
		return doing + "_HOSTED_ZONE_LOCKED"
	}
	return did
}

func (r recovery) refuses(at time.Time) bool { return !at.Before(r.locked) && at.Before(r.done) }

func (s *Service) updateFeatures(r *wire.Request) (*wire.Response, error) {
	z, err := s.zone(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	now, enable := s.now(), r.Body.True("EnableAcceleratedRecovery")
	switch {
	case z.private:
		return nil, invalid("Accelerated recovery is available for public hosted zones only.") // the rule: Developer Guide; wording ours
	case now.Before(z.recovery.done):
		return nil, priorRequest()
	case enable == z.recovery.enable: // as it is
		return answer("UpdateHostedZoneFeaturesResponse"), nil
	}
	done := now.Add(s.opt.Knobs.RecoverySpan)
	s.mu.Lock()
	z.recovery = recovery{enable: enable, since: now, locked: done.Add(-min(s.opt.Knobs.RecoveryLock, s.opt.Knobs.RecoverySpan)), done: done}
	s.mu.Unlock()
	return answer("UpdateHostedZoneFeaturesResponse"), nil
}

func priorRequest() *wire.Error {
	return wire.Errorf("PriorRequestNotComplete", "The request was rejected because Route 53 was still processing a prior request.")
}

// ready says why a zone takes no change now.
func (s *Service) ready(z *zone) error {
	switch {
	case !z.recovery.refuses(s.now()):
	case s.opt.Knobs.LockedZone == "InvalidInput":
		return &wire.Error{Code: "InvalidInput", Status: http.StatusBadRequest, Message: "The hosted zone " + z.id + " is locked."} // wording ours
	default:
		return priorRequest()
	}
	if s.opt.Knobs.PriorRequest && z.last.pending(s.now()) {
		return priorRequest()
	}
	return nil
}
