//go:build !unix

package matrix

func oneAtATime() (done func()) { return func() {} }
