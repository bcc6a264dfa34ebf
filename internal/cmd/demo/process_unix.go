//go:build unix

package main

import "syscall"

func (p *process) ownGroup() { p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// interrupt is what Ctrl-C does, to the child and all that it started.
func (p *process) interrupt() { p.signal(syscall.SIGINT) }

func (p *process) terminate() { p.signal(syscall.SIGTERM) }

// kill leaves them no time for anything.
func (p *process) kill() { p.signal(syscall.SIGKILL) }

func (p *process) signal(s syscall.Signal) {
	if p.Process != nil {
		_ = syscall.Kill(-p.Process.Pid, s) // the group may be gone already
	}
}
