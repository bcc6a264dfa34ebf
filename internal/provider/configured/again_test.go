package configured_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

func TestWhatAWSAnswersIsACauseOfTheClosedList(t *testing.T) {
	t.Parallel()
	answered := func(kind error) error {
		return &engine.Persistent{Times: 2, Err: &awsapi.Error{Doing: "moving a name", Kind: kind, Err: errors.New("no")}}
	}
	for _, c := range []struct {
		err  error
		want cutover.Cause
	}{
		{fmt.Errorf("step: %w", &switchover.Obstacle{Kind: switchover.GateAfter, Evidence: cutover.Unhealthy}), cutover.Sick},
		{&switchover.Obstacle{Kind: switchover.RecordProtected}, cutover.Barred},
		{answered(awsapi.ErrRefused), cutover.Refused},
		{answered(awsapi.ErrProtected), cutover.Refused},
		{answered(awsapi.ErrTaken), cutover.Lost},
		{answered(awsapi.ErrNotFound), cutover.Lost},
		{answered(awsapi.ErrDenied), cutover.Unable},
		{answered(awsapi.ErrExpired), cutover.Unable},
		{answered(awsapi.ErrAmbiguous), cutover.Unable},
		{&engine.Deadline{}, cutover.Unable},
	} {
		if got := configured.Cause(c.err); got != c.want {
			t.Errorf("%v comes to %d, want %d", c.err, got, c.want)
		}
	}
}
