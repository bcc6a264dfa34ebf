package cloudfront

// An Outsider is what has an alternate domain name in another account. It serves
// nobody here: only that the name is taken can be noticed.
type Outsider struct {
	Type    string // distribution, distribution-tenant
	ID      string
	Account string
}

// Elsewhere gives names to somebody in another account, to whom the wishes of this
// one mean nothing.
func (s *Service) Elsewhere(o Outsider, names ...string) {
	s.serving.Lock()
	defer s.serving.Unlock()
	for _, name := range names {
		s.elsewhere[key(name)] = o
	}
}
