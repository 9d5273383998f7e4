package chart

// Bits of a braille cell, by column and line of its dots.
var bits = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

const empty = -1

// values draws the readings as one line. Where a column has several readings it shows the highest:
// a peak must not be averaged away.
func (d *drawing) values() {
	peaks := d.peaks()
	cells := make(map[int]rune)
	last := empty
	for at, v := range peaks {
		if v == empty {
			continue
		}
		from, to := v, v
		if at > 0 && peaks[at-1] != empty && last != empty {
			from, to = joined(last, v)
		}
		for y := from; y <= to; y++ {
			cells[(y/4)*d.width+at/2] |= bits[at%2][y%4]
		}
		last = v
	}
	for cell, dots := range cells {
		x, y := cell%d.width, cell/d.width
		r := 0x2800 + dots
		if d.ascii {
			r = '*'
		}
		d.canvas.put(d.x0+x, y, r, d.inkAt(peaks[2*x], peaks[2*x+1], y))
	}
}

// peaks is the highest place, in quarter lines from the top, for each half column. A gap between
// two readings that is wider than a column is closed; one that has an unknown in it is not.
func (d *drawing) peaks() []int {
	out := make([]int, 2*d.width)
	for i := range out {
		out[i] = empty
	}
	before := empty
	for _, p := range d.Points {
		at := d.column(p.At)
		if p.Unknown {
			before = empty
			continue
		}
		if at < 0 || at >= len(out) {
			continue
		}
		y := d.dot(p.Value)
		if out[at] == empty || y < out[at] {
			out[at] = y
		}
		if before != empty {
			bridge(out, before, at)
		}
		before = at
	}
	return out
}

// bridge fills the half columns between two readings along a straight line.
func bridge(out []int, from, to int) {
	for x := from + 1; x < to; x++ {
		if out[x] == empty {
			out[x] = out[from] + (out[to]-out[from])*(x-from)/(to-from)
		}
	}
}

// joined is the span that links a place to the one before it, half way each.
func joined(before, now int) (from, to int) {
	switch {
	case before < now-1:
		return before + 1, now
	case before > now+1:
		return now, before - 1
	}
	return now, now
}

// inkAt is the colour of a piece of the line: that of the worst limit which its highest reading
// reaches.
func (d *drawing) inkAt(a, b, y int) uint8 {
	peak := a
	if peak == empty || b != empty && b < peak {
		peak = b
	}
	if peak == empty {
		peak = 4 * y
	}
	ink := inkText
	worst := 5
	for _, l := range d.Limits {
		level := l.Level
		if level == 0 {
			level = 3
		}
		if peak <= d.dot(l.At) && level < worst {
			worst = level
			if level <= 2 {
				ink = inkBad
			} else {
				ink = inkWarn
			}
		}
	}
	return ink
}
