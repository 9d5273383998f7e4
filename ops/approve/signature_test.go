package approve

import (
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"calm/ops/approve/approvetest"
)

func fixture(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestSignaturesOfSSHKeygen holds the format to what the real program made, and to its allowed_signers.
func TestSignaturesOfSSHKeygen(t *testing.T) {
	all, bad := ParseSigners([]byte(fixture(t, "allowed_signers")))
	if len(all) != 3 || len(bad) > 0 {
		t.Fatalf("%v, %v", all, bad)
	}
	line := strings.TrimSpace(fixture(t, "line"))
	for i, name := range []string{"ed25519.sig", "ecdsa.sig", "rsa.sig"} {
		s, err := ParseSignature(fixture(t, name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.verifyLine(line); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if ssh.FingerprintSHA256(s.Key) != ssh.FingerprintSHA256(all[i].Key) {
			t.Errorf("%s is of another key than its line", name)
		}
		if s.verifyLine(line+" ") == nil || s.verifyLine(strings.Replace(line, "incident 7", "incident 8", 1)) == nil {
			t.Errorf("%s: another line passes", name)
		}
	}
	for name, why := range map[string]string{"other-namespace.sig": `made for "git"`, "sha256.sig": ""} {
		s, err := ParseSignature(fixture(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.verifyLine(line); (err == nil) != (why == "") || err != nil && !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPastedSignature: terminals, chats and editors break lines, indent them and put words around.
func TestPastedSignature(t *testing.T) {
	armoured := fixture(t, "ed25519.sig")
	line := strings.TrimSpace(fixture(t, "line"))
	for name, text := range map[string]string{
		"CRLF": strings.ReplaceAll(armoured, "\n", "\r\n"), "on one line": strings.ReplaceAll(armoured, "\n", " "),
		"indented": strings.ReplaceAll(armoured, "\n", "\n   "), "with words around": "here you are\n" + armoured + "good luck\n",
	} {
		s, err := ParseSignature(text)
		if err != nil || s.verifyLine(line) != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "half": armoured[:len(armoured)/2], "no end": strings.Replace(armoured, "END", "EN", 1),
		"a letter lost": armoured[:90] + armoured[91:], "no base64": armourBegin + "\n!!\n" + armourEnd,
		"only the magic": approvetest.Armour(nil), "more after it": approvetest.Armour([]byte{0, 0, 0, 1}),
		"too long": armoured + strings.Repeat(" ", maxArmour),
	} {
		if _, err := ParseSignature(text); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherKeys(t *testing.T) {
	const line = "calm approve"
	verify := func(k approvetest.Key) error {
		s, err := ParseSignature(k.Sign(line))
		if err != nil {
			return err
		}
		return s.verifyLine(line)
	}
	if err := verify(approvetest.NewToken(t, true)); err != nil {
		t.Errorf("a token that was touched: %v", err)
	}
	if err := verify(approvetest.NewToken(t, false)); err == nil {
		t.Error("a token that nobody touched passes")
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(approvetest.Of(t, weak)); err == nil || !strings.Contains(err.Error(), "less than 2048 bits") {
		t.Errorf("a short RSA key: %v", err)
	}
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	// The helper signs as ssh does by default: with SHA-1.
	if err := verify(approvetest.Of(t, strong)); err == nil || !strings.Contains(err.Error(), "no signature of type ssh-rsa") {
		t.Errorf("RSA with SHA-1: %v", err)
	}
}

func TestSigners(t *testing.T) {
	k := approvetest.New(t)
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k.Public)))
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	for line, want := range map[string]string{
		"cto@example.com " + key:                                   "",
		`"cto@example.com,john" ` + key + " a comment":             "",
		"\tcto\t" + key:                                            "",
		`cto namespaces="git,calm" ` + key:                         "",
		`cto namespaces="c?l*" ` + key:                             "",
		`cto NAMESPACES="calm",valid-before="20270101Z" ` + key:    "",
		`cto valid-after="202611240259Z",namespaces="calm" ` + key: "",
		`cto namespaces="git" ` + key:                              "is for git only",
		`cto namespaces="*,!calm" ` + key:                          "is for *, !calm only",
		`cto valid-before="20261124025959Z" ` + key:                "not valid since 2026-11-24 02:59:59",
		`cto valid-after="20261125Z" ` + key:                       "not valid before 2026-11-25",
		"cert-authority " + key:                                    "", // a principal of that name, by the format
		"cto cert-authority " + key:                                "no certificates (cert-authority)",
		`cto cert-authority,namespaces="calm" ` + key:              "no certificates (cert-authority)",
		"*@example.com " + key:                                     "names no single person",
		"cto,!john " + key:                                         "names no single person",
		"cto":                                                      "ends too soon",
		"cto ssh-ed25519":                                          "ends too soon",
		"cto ssh-ed25519 AAAA":                                     "the key is damaged",
		"cto " + strings.Replace(key, "ssh-ed25519", "ssh-rsa", 1): "not of type ssh-rsa",
		`cto valid-after="tomorrow" ` + key:                        `"tomorrow" is no time`,
		`cto valid-after="20261340" ` + key:                        "is no time",
		`cto namespaces=calm ` + key:                               "quotation marks",
		`cto namespaces="calm ` + key:                              "not closed",
		`cto namespaces="" ` + key:                                 "names none",
		`cto namespaces="calm"valid-before="20270101" ` + key:      "a comma must follow",
		`cto verify-required ` + key:                               `option "verify-required"`,
	} {
		all, bad := ParseSigners([]byte("# approvers\n\n" + line + "\n"))
		switch {
		case len(all)+len(bad) != 1:
			t.Errorf("%s: %v, %v", line, all, bad)
		case len(all) == 1:
			err := all[0].takes(at)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, not %q", line, err, want)
			}
			if all[0].Line != 3 {
				t.Errorf("%s is line %d", line, all[0].Line)
			}
		case want == "" || !strings.Contains(bad[0].Error(), want) || !strings.HasPrefix(bad[0].Error(), "line 3: "):
			t.Errorf("%s: %v, not %q", line, bad[0], want)
		}
	}
}

func TestPatterns(t *testing.T) {
	for pattern, want := range map[string]bool{
		"calm": true, "*": true, "c*": true, "*m": true, "c*l*m": true, "????": true, "c**m": true,
		"": false, "?": false, "cal": false, "calmer": false, "*x*": false, "?????": false,
	} {
		if got := matches(pattern, "calm"); got != want {
			t.Errorf("%q: %v", pattern, got)
		}
	}
	begun := time.Now()
	if matches(strings.Repeat("*a", 5000)+"b", strings.Repeat("a", 50_000)) || time.Since(begun) > 10*time.Second {
		t.Error("a hostile pattern takes its time")
	}
}

func FuzzSigners(f *testing.F) {
	raw, err := os.ReadFile("testdata/allowed_signers")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`a,"b c" namespaces="calm,x",valid-after="20260101Z" ssh-ed25519 AAAA` + "\n\"\n,=\",\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		all, bad := ParseSigners(source)
		if len(all)+len(bad) > strings.Count(string(source), "\n")+1 {
			t.Errorf("%d signers and %d bad lines", len(all), len(bad))
		}
		for _, s := range all {
			if len(s.Principals) == 0 || s.Key == nil || s.Line == 0 {
				t.Errorf("%+v", s)
			}
			_ = s.takes(time.Time{})
		}
		for _, err := range bad {
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
		}
	})
}

func FuzzSignature(f *testing.F) {
	for _, name := range []string{"ed25519.sig", "ecdsa.sig", "rsa.sig"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSignature(text); err == nil && s.verifyLine("a line that nobody signed") == nil {
			t.Error("it is a signature of everything")
		}
	})
}
