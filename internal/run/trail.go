package run

// A Trail remembers where names led in a run, so that it notices whoever points one of
// them elsewhere by hand: what led elsewhere before the run is drift, which the plan has
// shown, and what does so since is somebody's wish, which nobody saw coming. K is what a
// look shows one answer about: a name and a type. The zero Trail is that of a run which
// has not looked yet. The way back goes on with the trail of the run that it undoes.
type Trail[K comparable] struct {
	stood map[K]string
	came  map[K]bool
}

// Diverted takes down where a key leads, and says whether somebody has pointed it there
// during the run. elsewhere describes what is not a run's own doing: "" says that the key
// leads where a run may have it, or nowhere. old says that the answer may be from before
// the last write of the run.
func (t *Trail[K]) Diverted(k K, elsewhere string, old bool) bool {
	if t.stood == nil {
		t.stood, t.came = map[K]string{}, map[K]bool{}
	}
	stood, known := t.stood[k]
	switch {
	case !known:
		t.stood[k] = elsewhere
		return false
	case elsewhere == "":
		t.came[k] = true
		return false
	case elsewhere == stood: // it led there before the run: again, or still
		return t.came[k] && !old
	default:
		return true
	}
}
