package row

// Move gives where a key takes a cursor that is at one of n places, page of them in view; ok is
// false when the key moves nothing.
func Move(key string, at, n, page int) (to int, ok bool) {
	page = max(1, page)
	switch key {
	case "up", "k":
		at--
	case "down", "j":
		at++
	case "home":
		at = 0
	case "end", "G":
		at = n - 1
	case "pgup", "ctrl+b":
		at -= page
	case "pgdown", "ctrl+f":
		at += page
	case "ctrl+u":
		at -= (page + 1) / 2
	case "ctrl+d":
		at += (page + 1) / 2
	default:
		return at, false
	}
	return max(0, min(n-1, at)), true
}
