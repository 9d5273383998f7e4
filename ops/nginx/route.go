package nginx

import "bytes"

// maxRoute bounds the length of a route's name, in bytes.
const maxRoute = 96

// route writes the path of a request with what differs from one request to the next left out: no
// query, and :id for a segment that is a number, a hash, a UUID or a long token. What nginx escaped
// stays as it is. The result is in buf.
func route(buf, path []byte) []byte {
	if i := bytes.IndexAny(path, "?;#"); i >= 0 {
		path = path[:i]
	}
	buf = buf[:0]
	for len(path) > 0 && len(buf) < maxRoute {
		segment := path[1:]
		if i := bytes.IndexByte(segment, '/'); i >= 0 {
			segment, path = segment[:i], segment[i:]
		} else {
			path = nil
		}
		buf = append(buf, '/')
		if identifies(segment) {
			buf = append(buf, ":id"...)
		} else {
			buf = append(buf, segment[:min(len(segment), maxRoute)]...)
		}
	}
	return buf
}

// identifies says whether a segment names one thing of many: all digits, eight or more hexadecimal
// digits (with dashes: a UUID), or twenty and more characters of which some are digits.
func identifies(segment []byte) bool {
	digits, hexes, dashes := 0, 0, 0
	for _, c := range segment {
		switch {
		case c >= '0' && c <= '9':
			digits++
			hexes++
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F':
			hexes++
		case c == '-':
			dashes++
		}
	}
	n := len(segment)
	return digits > 0 && (digits == n || hexes >= 8 && hexes+dashes == n || n >= 20)
}
