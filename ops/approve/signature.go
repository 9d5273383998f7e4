package approve

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"calm/model/action"
)

// The armour and the blob of `ssh-keygen -Y sign`, as PROTOCOL.sshsig of OpenSSH has them.
const (
	armourBegin = "-----BEGIN SSH SIGNATURE-----"
	armourEnd   = "-----END SSH SIGNATURE-----"
	magic       = "SSHSIG"
	maxArmour   = 32 << 10
	minRSA      = 2048
)

// Signature is one that was taken out of its armour. Nothing of it is verified yet.
type Signature struct {
	Key       ssh.PublicKey
	namespace string
	hash      string
	made      ssh.Signature
}

// blob is what the armour holds, after the magic.
type blob struct {
	Version   uint32
	Key       string
	Namespace string
	Reserved  string
	Hash      string
	Signature string
}

// ParseSignature reads an armoured signature. What stands before and after it, and how its lines were
// broken on the way here, does not matter.
func ParseSignature(text string) (Signature, error) {
	var none Signature
	_, body, begun := strings.Cut(text, armourBegin)
	body, _, ended := strings.Cut(body, armourEnd)
	if !begun || !ended || len(text) > maxArmour {
		return none, fmt.Errorf("that is no signature: it goes from %s to %s", armourBegin, armourEnd)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(body), ""))
	if err != nil || !strings.HasPrefix(string(raw), magic) {
		return none, errors.New("the signature is damaged: copy it again, whole")
	}
	var b blob
	if err := ssh.Unmarshal(raw[len(magic):], &b); err != nil {
		return none, errors.New("the signature is damaged: copy it again, whole")
	}
	if b.Version != 1 {
		return none, fmt.Errorf("calm can't read a signature of version %d", b.Version)
	}
	s := Signature{namespace: b.Namespace, hash: b.Hash}
	if s.Key, err = ssh.ParsePublicKey([]byte(b.Key)); err != nil {
		return none, errors.New("calm can't read the key of the signature")
	}
	if err := ssh.Unmarshal([]byte(b.Signature), &s.made); err != nil {
		return none, errors.New("the signature is damaged: copy it again, whole")
	}
	return s, usable(s.Key, s.made)
}

// usable refuses keys and ways to sign that are too weak, or that calm does not know. RSA with SHA-1 is
// among them, which the type of the key alone does not tell.
func usable(key ssh.PublicKey, made ssh.Signature) error {
	format, rest := key.Type(), len(made.Rest) > 0
	switch format {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521:
	case ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		rest = false // it has the token's flags and counter there
	case ssh.KeyAlgoRSA:
		if format = ssh.KeyAlgoRSASHA512; made.Format == ssh.KeyAlgoRSASHA256 {
			format = made.Format
		}
		crypto, ok := key.(ssh.CryptoPublicKey)
		if !ok {
			return errors.New("calm can't read the key of the signature")
		}
		if pub, ok := crypto.CryptoPublicKey().(*rsa.PublicKey); !ok || pub.N.BitLen() < minRSA {
			return fmt.Errorf("the key is an RSA key of less than %d bits: sign with another", minRSA)
		}
	default:
		return fmt.Errorf("calm takes no signature of a key of type %s", format)
	}
	if made.Format != format || rest {
		return fmt.Errorf("calm takes no signature of type %s by a key of type %s", made.Format, key.Type())
	}
	return nil
}

// Verify says why a signature is not one of a text; nil where it is. It is only about the text: whose
// the key is, is not known here.
func (s Signature) Verify(text string) error {
	if s.namespace != action.Namespace {
		return fmt.Errorf("it was made for %q: sign with -n %s", s.namespace, action.Namespace)
	}
	var sum []byte
	switch s.hash {
	case "sha256":
		h := sha256.Sum256([]byte(text))
		sum = h[:]
	case "sha512":
		h := sha512.Sum512([]byte(text))
		sum = h[:]
	default:
		return fmt.Errorf("it has a hash that calm does not know: %q", s.hash)
	}
	signed := append([]byte(magic), ssh.Marshal(struct{ Namespace, Reserved, Hash, Sum string }{s.namespace, "", s.hash, string(sum)})...)
	if s.Key.Verify(signed, &s.made) != nil {
		return errors.New("it is not of this line: it was made for another plan, or the line was changed")
	}
	return nil
}

// verifyLine is Verify of a line as `echo` gives it, on whatever system, or without its end.
func (s Signature) verifyLine(line string) error {
	err := s.Verify(line + "\n")
	for _, end := range []string{"", "\r\n"} {
		if err != nil && s.Verify(line+end) == nil {
			return nil
		}
	}
	return err
}
