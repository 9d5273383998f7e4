package signal

import "testing"

// An hour of readings every two seconds, then one observation more and a look at everything.
func BenchmarkObservation(b *testing.B) {
	book := NewBook(aurora())
	add := func(s int) {
		for i, n := range Names() {
			book.Add(Sample{Name: n, Value: float64(s%7 + i), Text: "ok", At: at(s), Source: "pm2"})
		}
	}
	for s := 0; s < 3600; s += 2 {
		add(s)
	}
	s := 3600
	b.ReportAllocs()
	for b.Loop() {
		add(s)
		book.Snapshot(at(s))
		s += 2
	}
}
