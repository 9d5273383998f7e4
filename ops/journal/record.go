package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"calm/model/incident"
)

// version is the format's, in every record.
const version = 1

// maxRecord bounds one line, in bytes. It keeps a runaway payload from filling a segment.
const maxRecord = 1 << 20

// record is one line of a segment, but for the checksum that ends it. The order of the fields is
// the order in the file.
type record struct {
	V     int             `json:"v"`
	Seq   uint64          `json:"seq"`
	ID    string          `json:"id"`
	T     time.Time       `json:"t"`
	Boot  string          `json:"boot"` // boot_id of the kernel that wrote it
	BT    int64           `json:"bt"`   // nanoseconds since that boot, sleep included
	Host  string          `json:"host"`
	Actor incident.Actor  `json:"actor"`
	Type  incident.Type   `json:"type"`
	Data  json.RawMessage `json:"data,omitempty"`
	Late  *incident.Late  `json:"late,omitempty"` // it was kept in a spool before
	Prev  string          `json:"prev"`           // SHA-256 of the line before, without its line feed
}

// noHash is what the first record of a journal builds on.
var noHash = strings.Repeat("0", 2*sha256.Size)

// chain is the end of what is known: the last record's number and the hash of its line.
type chain struct {
	seq  uint64
	hash string
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// The checksum comes last, over all bytes before it, so that a reader needs no JSON to check it.
const (
	crcKey  = `,"crc":"`
	crcTail = len(crcKey) + 8 + len(`"}`)
)

// encode gives the record's line, with its line feed.
func (r record) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // people read this with less
	if err := enc.Encode(r); err != nil {
		return nil, err
	}
	body := bytes.TrimSuffix(b.Bytes(), []byte("}\n"))
	line := fmt.Appendf(body, `%s%08x"}`, crcKey, crc32.Checksum(body, castagnoli))
	if len(line) > maxRecord {
		return nil, fmt.Errorf("%d bytes, more than the %d that one record may have", len(line), maxRecord)
	}
	return append(line, '\n'), nil
}

// decode reads one line, without its line feed. It fails on anything that encode did not write.
func decode(line []byte) (record, error) {
	var r record
	cut := len(line) - crcTail
	if cut < 0 || string(line[cut:cut+len(crcKey)]) != crcKey || !bytes.HasSuffix(line, []byte(`"}`)) {
		return r, errors.New("not a record")
	}
	want := string(line[cut+len(crcKey) : len(line)-2])
	if got := fmt.Sprintf("%08x", crc32.Checksum(line[:cut], castagnoli)); got != want {
		return r, fmt.Errorf("checksum is %s, the record says %s", got, want)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("not JSON: %w", err)
	}
	switch {
	case r.V != version:
		return r, fmt.Errorf("format %d; this calm reads %d", r.V, version)
	case r.Seq == 0 || r.Type == "":
		return r, errors.New("no number or no type")
	}
	return r, nil
}

// event is the record as the rest of calm sees it.
func (r record) event() incident.Event {
	return incident.Event{Seq: r.Seq, ID: r.ID, At: r.T, Actor: r.Actor, Type: r.Type, Data: r.Data, Late: r.Late}
}

// lineHash is the hash of a line, without its line feed.
func lineHash(line []byte) string {
	sum := sha256.Sum256(bytes.TrimSuffix(line, []byte("\n")))
	return hex.EncodeToString(sum[:])
}
