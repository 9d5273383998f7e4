package mongo

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// server is a fake mongod: it speaks enough of the wire protocol for the driver to take it for a
// real one, and answers commands by the functions it was given.
type server struct {
	addr    string
	mu      sync.Mutex
	answers map[string]func(cmd bson.Raw) bson.D // by the command's name
	asked   []string
}

const (
	opQuery = 2004
	opReply = 1
	opMsg   = 2013
)

func serve(t *testing.T, answers map[string]func(bson.Raw) bson.D) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &server{addr: l.Addr().String(), answers: answers}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *server) talk(c net.Conn) {
	defer c.Close()
	for {
		var head [16]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		id, code := head[4:8], binary.LittleEndian.Uint32(head[12:])
		cmd := bson.Raw(body[5:])
		if code == opQuery {
			end := 4
			for body[end] != 0 {
				end++
			}
			cmd = bson.Raw(body[end+9:])
		}
		doc, _ := bson.Marshal(s.answer(cmd))
		var msg []byte
		if code == opQuery {
			msg = append(make([]byte, 16), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)
			code = opReply
		} else {
			msg = append(make([]byte, 16), 0, 0, 0, 0, 0)
			code = opMsg
		}
		msg = append(msg, doc...)
		binary.LittleEndian.PutUint32(msg, uint32(len(msg)))
		copy(msg[8:], id)
		binary.LittleEndian.PutUint32(msg[12:], code)
		if _, err := c.Write(msg); err != nil {
			return
		}
	}
}

func (s *server) answer(cmd bson.Raw) bson.D {
	first, err := cmd.IndexErr(0)
	if err != nil {
		return bson.D{{Key: "ok", Value: 0}}
	}
	name := first.Key()
	if elements, _ := cmd.Elements(); len(elements) > 0 {
		seen := map[string]bool{}
		for _, e := range elements {
			if seen[e.Key()] {
				return refusal(40413, "Location40413")(cmd) // as a real one does
			}
			seen[e.Key()] = true
		}
	}
	switch name {
	case "hello", "isMaster", "ismaster":
		return bson.D{
			{Key: "ok", Value: 1}, {Key: "isWritablePrimary", Value: true}, {Key: "helloOk", Value: true},
			{Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48_000_000}, {Key: "maxWriteBatchSize", Value: 100_000},
			{Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 17}, {Key: "readOnly", Value: false},
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, name)
	if f := s.answers[name]; f != nil {
		return f(cmd)
	}
	return bson.D{{Key: "ok", Value: 1}}
}

func reply(d bson.D) func(bson.Raw) bson.D {
	return func(bson.Raw) bson.D { return append(d, bson.E{Key: "ok", Value: 1}) }
}

func refusal(code int, name string) func(bson.Raw) bson.D {
	return func(bson.Raw) bson.D {
		return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "codeName", Value: name}, {Key: "errmsg", Value: "not told\nto anybody"}}
	}
}

func cursor(docs ...bson.D) func(bson.Raw) bson.D {
	batch := bson.A{}
	for _, d := range docs {
		batch = append(batch, d)
	}
	return reply(bson.D{{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "admin.$cmd"}, {Key: "firstBatch", Value: batch}}}})
}
