//go:build !unix

package main

// Without process groups the children get no more than an end.

func (p *process) ownGroup()  {}
func (p *process) interrupt() { p.kill() }
func (p *process) terminate() { p.kill() }

func (p *process) kill() {
	if p.Process != nil {
		_ = p.Process.Kill() // it may be gone already
	}
}
