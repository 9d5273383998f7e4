package jsonscan

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"
)

func members(t *testing.T, data string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := Object([]byte(data), func(k, v []byte) error {
		got[string(k)] = string(v)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return got
}

func TestObject(t *testing.T) {
	got := members(t, ` { "a" : 1.5e-3, "b":"x\"}{" ,"c":[{"d":"]"},2], "e":{}, "f":null,"g":"\\" } tail`)
	want := map[string]string{"a": "1.5e-3", "b": `"x\"}{"`, "c": `[{"d":"]"},2]`, "e": "{}", "f": "null", "g": `"\\"`}
	if !maps.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if got := members(t, "{}"); len(got) != 0 {
		t.Fatalf("empty object gave %v", got)
	}
}

func TestArray(t *testing.T) {
	var got []string
	if err := Array([]byte(`[ 1, "a,]", [2,[3]] ,{} ]`), func(v []byte) error {
		got = append(got, string(v))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got[1] != `"a,]"` || got[2] != "[2,[3]]" {
		t.Fatalf("got %q", got)
	}
}

func TestEveryCutIsAnError(t *testing.T) {
	whole := `{"a":[1,{"b":"c\\\""}],"d":{"e":null},"f":true}`
	for i := range whole {
		err := Object([]byte(whole[:i]), func(_, v []byte) error { return nil })
		if !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v, want ErrSyntax", whole[:i], err)
		}
	}
}

func TestErrorOfTheCallbackIsReturned(t *testing.T) {
	stop := errors.New("stop")
	if err := Object([]byte(`{"a":1,"b":2}`), func(_, _ []byte) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if err := Array([]byte(`[1,2]`), func(_ []byte) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

func TestTextAndNumber(t *testing.T) {
	for in, want := range map[string]string{`"a\u0041\n"`: "aA\n", `"x"`: "x", `12`: "12", `null`: "", `""`: ""} {
		if got := Text([]byte(in)); got != want {
			t.Errorf("Text(%s) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]float64{`12.5`: 12.5, `"6.98"`: 6.98, `-1e3`: -1000} {
		if got, ok := Number([]byte(in)); !ok || got != want {
			t.Errorf("Number(%s) = %v %v", in, got, ok)
		}
	}
	if _, ok := Number([]byte(`"x"`)); ok {
		t.Error(`"x" passed for a number`)
	}
}

func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"a":{"b":[1,2,"x"]},"c":"\\"}`, `{`, `{"a":`, `[]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		err := Object(data, func(_, v []byte) error {
			_ = Text(v)
			n++
			return nil
		})
		var whole map[string]json.RawMessage
		if json.Unmarshal(data, &whole) == nil && whole != nil && (err != nil || n < len(whole)) {
			t.Fatalf("valid object: %d of %d members, %v", n, len(whole), err)
		}
	})
}
