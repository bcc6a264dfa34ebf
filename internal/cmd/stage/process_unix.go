//go:build unix

package stage

import "syscall"

func (p *Child) ownGroup() { p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// Interrupt is what Ctrl-C does, to the child and all that it started.
func (p *Child) Interrupt() { p.signal(syscall.SIGINT) }

// Terminate asks them to end.
func (p *Child) Terminate() { p.signal(syscall.SIGTERM) }

// Kill leaves them no time for anything.
func (p *Child) Kill() { p.signal(syscall.SIGKILL) }

func (p *Child) signal(s syscall.Signal) {
	if p.Process != nil {
		_ = syscall.Kill(-p.Process.Pid, s) // the group may be gone already
	}
}
