//go:build !unix

package stage

// Without process groups the children get no more than an end.

func (p *Child) ownGroup() {}

// Interrupt ends the child.
func (p *Child) Interrupt() { p.Kill() }

// Terminate ends the child.
func (p *Child) Terminate() { p.Kill() }

// Kill ends the child.
func (p *Child) Kill() {
	if p.Process != nil {
		_ = p.Process.Kill() // it may be gone already
	}
}
