// Package secret keeps passwords, keys and tokens out of everything that calm shows or writes. It
// knows values by name, in the forms in which programs print them, and the shapes of those that
// nobody named. In their place stands a mark, ‹NAME#3fa2›: the same value has the same mark, so that
// two can be told apart without being seen.
//
// It hides; it stores nothing but the key of its marks, and it decides nothing about who may see
// what.
package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
)

// Known is a value that must not be seen, and the name that is shown in its place.
type Known struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Shortest is the least length, in bytes, at which a value is looked for. A shorter one would be
// found in every other word; it is hidden only where its name stands before it.
const Shortest = 6

// words in the name of a variable that make its value a secret.
var words = []string{"SECRET", "TOKEN", "PASSW", "PASSPHRASE", "API_KEY", "APIKEY", "PRIVATE", "CREDENTIAL", "WEBHOOK", "MONGO"}

// Hidden says whether a variable's value must not be seen: by its name, or because it is a URL with
// a password. A MongoDB URI always counts, because what is in it varies by host.
func Hidden(name, value string) bool {
	if value == "" {
		return false
	}
	upper := strings.ToUpper(name)
	if strings.HasSuffix(upper, "_KEY") || strings.HasPrefix(value, "mongodb") ||
		slices.ContainsFunc(words, func(w string) bool { return strings.Contains(upper, w) }) {
		return true
	}
	u, err := url.Parse(value)
	if err != nil {
		return strings.Contains(value, "://") && strings.Contains(value, "@")
	}
	_, password := u.User.Password()
	return password
}

// Of gives the secrets of an environment, a list of NAME=VALUE, that can be looked for in a text.
// A value that is an ordinary word, number or address can't: it would take half of the text with it. It is
// hidden only where its name stands before it.
func Of(env []string) []Known {
	var all []Known
	for _, kv := range env {
		name, value, ok := strings.Cut(kv, "=")
		if ok && Hidden(name, value) && !strings.HasPrefix(name, "NEXT_PUBLIC_") && telling(name, value) {
			all = append(all, Known{name, value})
		}
	}
	return all
}

// telling says whether a value is no ordinary word, number or address.
func telling(name, value string) bool {
	if strings.Contains(value, "://") && !strings.Contains(value, "@") && !strings.Contains(strings.ToUpper(name), "WEBHOOK") {
		return false
	}
	letters := strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz_-./") == ""
	digits := strings.Trim(value, "0123456789.") == ""
	return len(value) >= 16 || len(value) >= Shortest && !letters && !digits
}

// Mark is what stands in a value's place. The key keeps others from trying values against it.
func Mark(key []byte, name, value string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(value))
	return "‹" + name + "#" + hex.EncodeToString(h.Sum(nil)[:2]) + "›"
}
