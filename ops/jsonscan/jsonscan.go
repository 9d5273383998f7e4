// Package jsonscan walks JSON without decoding it: the members of an object and the elements of an
// array are handed out as raw bytes, and what nobody asks for is only skipped.
//
// It is for replies that carry much more than is wanted, or things that must not be looked at: pm2's
// list holds the whole environment of every process twice. Unlike encoding/json it matches keys
// exactly, so that a variable STATUS never passes for pm2's own "status". It is no validator: it
// finds the end of values, and reports input that ends too early.
package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// ErrSyntax is returned for input that is not JSON, not of the kind asked for, or cut off.
var ErrSyntax = errors.New("not the JSON that was expected, or cut off")

// Object calls each for every member of the object that data begins with. The key comes without
// its quotes and with its escapes as they stand; both slices point into data. An error from each
// ends the walk and is returned.
func Object(data []byte, each func(key, value []byte) error) error {
	i := space(data, 0)
	if i >= len(data) || data[i] != '{' {
		return ErrSyntax
	}
	i = space(data, i+1)
	if i < len(data) && data[i] == '}' {
		return nil
	}
	for {
		if i >= len(data) || data[i] != '"' {
			return ErrSyntax
		}
		end := stringEnd(data, i)
		if end < 0 {
			return ErrSyntax
		}
		key := data[i+1 : end-1]
		i = space(data, end)
		if i >= len(data) || data[i] != ':' {
			return ErrSyntax
		}
		i = space(data, i+1)
		if end = valueEnd(data, i); end < 0 {
			return ErrSyntax
		}
		if err := each(key, data[i:end]); err != nil {
			return err
		}
		i = space(data, end)
		if more, err := next(data, &i, '}'); !more {
			return err
		}
	}
}

// Array calls each for every element of the array that data begins with. The slice points into
// data. An error from each ends the walk and is returned.
func Array(data []byte, each func(value []byte) error) error {
	i := space(data, 0)
	if i >= len(data) || data[i] != '[' {
		return ErrSyntax
	}
	i = space(data, i+1)
	if i < len(data) && data[i] == ']' {
		return nil
	}
	for {
		end := valueEnd(data, i)
		if end < 0 {
			return ErrSyntax
		}
		if err := each(data[i:end]); err != nil {
			return err
		}
		i = space(data, end)
		if more, err := next(data, &i, ']'); !more {
			return err
		}
	}
}

// next steps over a comma, or says that the value ended.
func next(data []byte, i *int, closing byte) (more bool, err error) {
	switch {
	case *i >= len(data):
		return false, ErrSyntax
	case data[*i] == ',':
		*i = space(data, *i+1)
		return true, nil
	case data[*i] == closing:
		return false, nil
	}
	return false, ErrSyntax
}

// Text gives the text of a string value, and the value as written when it is no string. null is
// the empty text.
func Text(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		if string(value) == "null" {
			return ""
		}
		return string(value)
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return string(value[1 : len(value)-1])
	}
	return s
}

// Number gives the number of a number value or of a string that holds one.
func Number(value []byte) (n float64, ok bool) {
	if len(value) >= 2 && value[0] == '"' {
		value = value[1 : len(value)-1]
	}
	n, err := strconv.ParseFloat(string(value), 64)
	return n, err == nil
}

func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// stringEnd gives the index after the closing quote of the string that begins at i, or -1.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data); {
		quote := bytes.IndexByte(data[i:], '"')
		if quote < 0 {
			return -1
		}
		quote += i
		slashes := 0
		for quote-slashes > i && data[quote-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return quote + 1
		}
		i = quote + 1
	}
	return -1
}

// valueEnd gives the index after the value that begins at i, or -1.
func valueEnd(data []byte, i int) int {
	if i >= len(data) {
		return -1
	}
	switch data[i] {
	case '"':
		return stringEnd(data, i)
	case '{', '[':
		return nestedEnd(data, i)
	}
	start := i
	for i < len(data) && scalar(data[i]) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func scalar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

func nestedEnd(data []byte, i int) int {
	for depth := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := stringEnd(data, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
