package signal

import "slices"

// Respec takes another table of signals, as after the runbook was changed: the readings stay, and since
// when each new limit is broken is taken from them. A signal that the table has no more keeps its
// readings and has no limit.
func (b *Book) Respec(specs []Spec) {
	named := make(map[Name]bool, len(specs))
	order := make([]Name, 0, len(specs))
	for _, s := range specs {
		if s.Name == "" || named[s.Name] {
			continue
		}
		named[s.Name] = true
		order = append(order, s.Name)
		if t, ok := b.tracks[s.Name]; ok {
			t.respec(s)
		} else {
			b.track(s)
		}
	}
	for _, n := range b.order {
		if !named[n] {
			named[n] = true
			order = append(order, n)
			bare := b.tracks[n].spec
			bare.Limits = nil
			b.tracks[n].respec(bare)
		}
	}
	b.order = order
}

func (t *track) respec(s Spec) {
	s.Limits = slices.Clone(s.Limits)
	t.spec, t.breach = s, make([]run, len(s.Limits))
	for i := range t.sources {
		t.sources[i].rank = s.rank(t.sources[i].name)
	}
	if !s.Rise {
		// Of a counter that may not rise, only its steps say since when it is out: those stay.
		t.any, t.in = run{}, run{}
	}
	for _, x := range t.history.samples(s.Name) {
		if !x.Known() {
			continue
		}
		prev := t.history.before(x.At)
		out := t.breaks(x, prev)
		if !s.Rise {
			t.any.note(out, prev, x.At)
			t.in.note(!out, prev, x.At)
		}
	}
}
