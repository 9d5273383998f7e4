package lint

import (
	"fmt"
	"strings"
)

// Tally counts findings in words, "3 errors, 5 warnings"; empty when there is neither.
func Tally(found []Finding) string {
	var parts []string
	for _, level := range []Level{Error, Warning} {
		n := 0
		for _, f := range found {
			if f.Level == level {
				n++
			}
		}
		switch {
		case n == 1:
			parts = append(parts, "1 "+string(level))
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, level))
		}
	}
	return strings.Join(parts, ", ")
}
