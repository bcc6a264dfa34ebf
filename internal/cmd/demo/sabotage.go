package main

import (
	"context"
	"errors"

	"github.com/aws/smithy-go"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// sabotage is the cutover that a runbook without a safe move prescribes: take the
// alias off blue, wait until that has arrived everywhere, add it to green. It is
// counted exactly as the story is, to show that the count can go wrong.
func (d *demo) sabotage(ctx context.Context) error {
	if err := d.open(ctx); err != nil {
		return err
	}
	d.scene("A cutover as it must not be done")
	blue, green := d.site.sides[0], d.site.sides[1]
	d.viewers.enter(phase{name: "remove, wait, add"})
	began := clk.Now()
	show := func(now snapshot) {
		d.saw(now)
		d.out.draw(d.bar(now, way{0, 1}, began))
	}
	_, before, err := d.aws.calls(ctx, 0)
	if err != nil {
		return err
	}
	step := func(text string) {
		d.steps = append(d.steps, text)
		d.out.line("  %d. %s", len(d.steps), text)
	}
	step("UpdateDistribution: " + siteName + " is taken off blue. Wait.")
	if err := d.site.SetNames(ctx, blue.id); err != nil {
		return err
	}
	if err := d.aws.settle(ctx, show); err != nil {
		return err
	}
	step("ChangeResourceRecordSets: CloudFront adds no name whose records point elsewhere. Wait.")
	if err := d.site.point(ctx, green); err != nil {
		return err
	}
	step("UpdateDistribution: it is added to green. Wait.")
	for {
		err := d.site.SetNames(ctx, green.id, siteName)
		if err == nil {
			break
		}
		var refused smithy.APIError
		if !errors.As(err, &refused) || refused.ErrorCode() != "CNAMEAlreadyExists" {
			return err
		}
		now, err := d.aws.look(ctx)
		if err != nil {
			return err
		}
		show(now)
		if err := clk.Sleep(ctx, tick); err != nil { // it still sees the old records
			return err
		}
	}
	if err := d.aws.settle(ctx, show); err != nil {
		return err
	}
	by := applied{name: "remove, wait, add", began: began, wall: clk.Now().Sub(began)}
	if by.calls, _, err = d.aws.Calls(ctx, stage.OwnKey, before); err != nil {
		return err
	}
	d.close(by, stage.Messages{}, nil)
	d.viewers.enter(phase{"green is live", green.id})
	if err := d.linger(ctx); err != nil {
		return err
	}
	if err = d.verdict(ctx); err == nil {
		return errors.New("the count found nothing wrong with a cutover that takes the site down: it is worth nothing")
	}
	return err
}
