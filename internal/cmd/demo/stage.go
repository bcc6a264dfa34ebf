package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

const (
	siteName     = "www.example.com"
	zoneName     = "example.com"
	markerHeader = "x-release" // every answer of a side says which release it is

	providerKey = "AKIDPROVIDER" // the journal tells calls apart by who made them
)

// A site is what is running before the provider comes.
type site struct {
	stage.Hands
	zone  string // id
	sides [2]side
}

// build creates a certificate, two distributions of which blue has the name, and
// a zone with the records of the name. It does not wait for any of it.
func build(ctx context.Context, w *world) (*site, error) {
	s := &site{Hands: stage.NewHands(w.World)}
	certificate, err := s.Certify(ctx, zoneName)
	if err != nil {
		return nil, err
	}
	for i, name := range []string{"blue", "green"} {
		var names []string
		if i == 0 {
			names = []string{siteName}
		}
		side := side{name: name, origin: name + ".origin.test"}
		made, err := s.Distribute(ctx, name, side.origin, certificate, names...)
		if err != nil {
			return nil, fmt.Errorf("creating the distribution of %s: %w", name, err)
		}
		side.id, side.domain = made.ID, made.Domain
		if err := w.setOrigin(ctx, side, 0); err != nil {
			return nil, err
		}
		s.sides[i] = side
	}
	if s.zone, err = s.Zone(ctx, zoneName); err != nil {
		return nil, err
	}
	return s, s.point(ctx, s.sides[0])
}

// point makes the records of the name point at a side.
func (s *site) point(ctx context.Context, to side) error {
	return s.Point(ctx, s.zone, siteName, to.domain)
}

const tick = 100 * time.Millisecond

// settle waits until nothing is on its way any more.
func (w *world) settle(ctx context.Context, each func(snapshot)) error {
	for {
		now, err := w.look(ctx)
		if err != nil {
			return err
		}
		if each != nil {
			each(now)
		}
		if !now.deploying && !now.pending {
			return nil
		}
		if err := clk.Sleep(ctx, tick); err != nil {
			return err
		}
	}
}
