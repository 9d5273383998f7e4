package approve

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"calm/model/action"
	"calm/model/incident"
)

// Signer is one line of allowed_signers: whose signatures a key makes, for what, and when.
type Signer struct {
	Line       int
	Principals []string
	Namespaces []string // patterns; nil is every one
	After      time.Time
	Before     time.Time
	Key        ssh.PublicKey
}

// ParseSigners reads a file in the format of ssh-keygen(1), ALLOWED SIGNERS. A line that calm can't read,
// or does not support, is left out and counts for nothing; there is an error for each.
func ParseSigners(source []byte) (all []Signer, bad []error) {
	n := 0
	for line := range bytes.Lines(source) {
		n++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		s, err := parseSigner(text)
		if err != nil {
			bad = append(bad, fmt.Errorf("line %d: %w", n, err))
			continue
		}
		s.Line = n
		all = append(all, s)
	}
	return all, bad
}

func parseSigner(text string) (Signer, error) {
	var s Signer
	names, rest, err := word(text)
	if err != nil {
		return s, err
	}
	for name := range strings.SplitSeq(strings.ReplaceAll(names, `"`, ""), ",") {
		if name = strings.TrimSpace(name); name == "" || strings.ContainsAny(name, "*?!") {
			return s, fmt.Errorf("%q names no single person: write the principal out", names)
		}
		s.Principals = append(s.Principals, name)
	}
	kind, after, err := word(rest)
	if err != nil {
		return s, err
	}
	if !keyType(kind) {
		if err := s.options(kind); err != nil {
			return s, err
		}
		if kind, after, err = word(after); err != nil {
			return s, err
		}
	}
	encoded, _, err := word(after)
	if err != nil {
		return s, err
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return s, fmt.Errorf("the key is damaged")
	}
	if s.Key, err = ssh.ParsePublicKey(raw); err != nil || s.Key.Type() != kind {
		return s, fmt.Errorf("the key is damaged, or not of type %s", kind)
	}
	return s, nil
}

// word takes the first word off, up to a blank that stands in no quotes.
func word(text string) (first, rest string, err error) {
	text = strings.TrimLeft(text, " \t")
	quoted := false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case (r == ' ' || r == '\t') && !quoted:
			return text[:i], text[i:], nil
		}
	}
	switch {
	case quoted:
		return "", "", fmt.Errorf("a quotation mark is not closed")
	case text == "":
		return "", "", fmt.Errorf("it ends too soon: PRINCIPAL [OPTIONS] TYPE KEY")
	}
	return text, "", nil
}

func keyType(word string) bool {
	return strings.HasPrefix(word, "ssh-") || strings.HasPrefix(word, "ecdsa-") || strings.HasPrefix(word, "sk-")
}

// options reads `namespaces="a,b",valid-before="20270101"`.
func (s *Signer) options(text string) error {
	for text != "" {
		name, rest, _ := strings.Cut(text, ",")
		value := ""
		if at := strings.IndexByte(text, '='); at >= 0 && at < len(name) {
			name = text[:at]
			quoted, ok := strings.CutPrefix(text[at+1:], `"`)
			if !ok {
				return fmt.Errorf("option %s: its value must stand in quotation marks", name)
			}
			if value, rest, ok = strings.Cut(quoted, `"`); !ok {
				return fmt.Errorf("option %s: its value does not end", name)
			}
			if rest != "" && rest[0] != ',' {
				return fmt.Errorf("option %s: a comma must follow it", name)
			}
			rest = strings.TrimPrefix(rest, ",")
		}
		if err := s.option(strings.ToLower(name), value); err != nil {
			return err
		}
		text = rest
	}
	return nil
}

func (s *Signer) option(name, value string) (err error) {
	switch name {
	case "cert-authority":
		return fmt.Errorf("calm takes no certificates (cert-authority): list the approvers' own keys")
	case "namespaces":
		if value == "" {
			return fmt.Errorf("option namespaces names none")
		}
		s.Namespaces = strings.Split(value, ",")
	case "valid-after":
		s.After, err = stamp(value)
	case "valid-before":
		s.Before, err = stamp(value)
	default:
		return fmt.Errorf("option %q is not one of namespaces, valid-after, valid-before", name)
	}
	return err
}

// stamp reads YYYYMMDD[Z] and YYYYMMDDHHMM[SS][Z]; without a Z it is this host's own time.
func stamp(text string) (time.Time, error) {
	digits, zone := strings.TrimSuffix(text, "Z"), time.Local
	if digits != text {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) == len(layout) {
			if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: YYYYMMDD or YYYYMMDDHHMM[SS], with Z for UTC", text)
}

// takes says why a signer's signature does not count now; nil where it does.
func (s Signer) takes(now time.Time) error {
	name := strings.Join(s.Principals, ",")
	switch {
	case s.Namespaces != nil && !matchesAny(s.Namespaces, action.Namespace):
		return fmt.Errorf("the key of %s is for %s only", name, strings.Join(s.Namespaces, ", "))
	case !s.After.IsZero() && now.Before(s.After):
		return fmt.Errorf("the key of %s is not valid before %s", name, s.After.UTC().Format(time.DateTime))
	case !s.Before.IsZero() && !now.Before(s.Before):
		return fmt.Errorf("the key of %s is not valid since %s", name, s.Before.UTC().Format(time.DateTime))
	}
	return nil
}

// matchesAny holds a text against a pattern list of OpenSSH: * and ?, and a match of !PATTERN is a no.
func matchesAny(patterns []string, text string) bool {
	found := false
	for _, p := range patterns {
		p = strings.TrimSpace(p)
		bare, negated := strings.CutPrefix(p, "!")
		switch {
		case !matches(bare, text):
		case negated:
			return false
		default:
			found = true
		}
	}
	return found
}

// matches holds a text against one pattern. It goes back to the last * only, so its time is bounded.
func matches(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// signed verifies a signature over an ask, and finds whose it is.
func (p Policy) signed(ask action.Ask, armoured, path string) (incident.GrantedData, error) {
	var none incident.GrantedData
	sig, err := ParseSignature(armoured)
	if err != nil {
		return none, err
	}
	if err := sig.verifyLine(ask.Line()); err != nil {
		return none, err
	}
	file, err := ReadSigners(path, ask.By)
	if err != nil {
		return none, err
	}
	s, err := file.find(sig.Key, ask)
	if err != nil {
		return none, err
	}
	return incident.GrantedData{
		Hash: ask.Hash, How: incident.BySignature, By: strings.Join(s.Principals, ","), Weaker: file.Weaker,
		Key: ssh.FingerprintSHA256(sig.Key), Signature: strings.TrimSpace(armoured), Signers: file.Path, SHA256: file.SHA256,
	}, nil
}

// Signed is the approval by a signature of the ask's line. The error says why it is none.
func (p Policy) Signed(ask action.Ask, armoured string) (incident.GrantedData, error) {
	return p.signed(ask, armoured, p.place())
}

// find is the signer whose key it is, if that is somebody else than the one who asks.
func (f Signers) find(key ssh.PublicKey, ask action.Ask) (Signer, error) {
	print := ssh.FingerprintSHA256(key)
	var found *Signer
	why := fmt.Errorf("nobody in %s has the key %s", f.Path, print)
	if len(f.Bad) > 0 {
		why = fmt.Errorf("%w (%w)", why, f.Bad[0])
	}
	for i, s := range f.All {
		if ssh.FingerprintSHA256(s.Key) != print {
			continue
		}
		if slices.ContainsFunc(s.Principals, func(name string) bool { return isRequester(name, ask.By) || isUser(name, ask.By) }) {
			return Signer{}, fmt.Errorf("it is by %s, who asks: somebody else must agree", ask.By.Name)
		}
		if err := s.takes(time.Now()); err != nil {
			why = err
			continue
		}
		if found == nil {
			found = &f.All[i]
		}
	}
	switch {
	case found == nil:
		return Signer{}, why
	case slices.Contains(ask.Keys, print):
		return Signer{}, fmt.Errorf("it is by the key that %s came in with: somebody else must agree", ask.By.Name)
	}
	return *found, nil
}
