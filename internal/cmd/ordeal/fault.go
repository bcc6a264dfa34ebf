//go:build unix

package main

import "context"

type affliction struct {
	name string
	scenario
}

func faults() []affliction { return nil }

func (w *world) suffering(_ context.Context, _ *row, _ affliction) {}
