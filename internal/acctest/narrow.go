package acctest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"path/filepath"
	"regexp"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protowire"
)

// simulated are the types of hashicorp/aws whose services the simulator has.
var simulated = regexp.MustCompile(`^aws_(acm|cloudfront|lambda|route53|s3|caller_identity)(_|$)`)

// getSchema is asked for by every command of a CLI.
const getSchema = "/tfplugin5.Provider/GetSchema"

// A narrow way leads to hashicorp/aws, which runs and is not modified. It hands on what
// either side says, byte by byte, but of the types in its schema only those that are
// simulated: a CLI spends more on reading all 2,000 than on everything else that it does in
// a test, with every command, and hashicorp/aws on writing them down.
type narrow struct {
	aws    *grpc.ClientConn
	server *grpc.Server
}

// theirs is the narrow schema of hashicorp/aws, nil while nobody has asked for it: all
// tests start the same program, which takes seconds of processor time to write it down.
var theirs struct {
	sync.Mutex
	schema []byte
}

// narrowed listens in a folder before what a CLI would find by reattach, and returns by
// what it finds the narrow way instead.
func (c *CLI) narrowed(reattach []byte) []byte {
	c.t.Helper()
	providers := map[string]map[string]any{}
	c.must(json.Unmarshal(reattach, &providers))
	for _, p := range providers {
		addr, _ := p["Addr"].(map[string]any)
		at, _ := addr["String"].(string)
		conn, err := grpc.NewClient("unix:"+at, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(bytesOnly{}), grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
		c.must(err)
		n := &narrow{aws: conn}
		n.server = grpc.NewServer(grpc.ForceServerCodec(bytesOnly{}), grpc.UnknownServiceHandler(n.hand),
			grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32))
		ours := filepath.Join(c.t.TempDir(), "aws")
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", ours)
		c.must(err)
		var serving sync.WaitGroup
		serving.Go(func() { _ = n.server.Serve(l) }) // until it is stopped
		c.t.Cleanup(func() {
			n.server.Stop()
			serving.Wait()
			_ = conn.Close()
		})
		addr["String"] = ours
	}
	out, err := json.Marshal(providers)
	c.must(err)
	return out
}

// hand hands a call on, whatever it is.
func (n *narrow) hand(_ any, caller grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(caller)
	ctx, stop := context.WithCancel(caller.Context())
	defer stop()
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = metadata.NewOutgoingContext(ctx, md)
	}
	if method == getSchema {
		return n.hasSchema(caller)
	}
	aws, err := n.aws.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	go func() {
		for {
			var message []byte
			if err := caller.RecvMsg(&message); err != nil {
				_ = aws.CloseSend() // never an error
				return
			}
			if aws.SendMsg(&message) != nil {
				return // what it says of that, whoever receives gets
			}
		}
	}()
	for {
		var message []byte
		if err := aws.RecvMsg(&message); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := caller.SendMsg(&message); err != nil {
			return err
		}
	}
}

// hasSchema answers with the schema, which the first hashicorp/aws is asked for once.
func (n *narrow) hasSchema(caller grpc.ServerStream) error {
	var request []byte
	if err := caller.RecvMsg(&request); err != nil {
		return err
	}
	theirs.Lock()
	defer theirs.Unlock()
	if theirs.schema == nil {
		var all []byte
		err := n.aws.Invoke(caller.Context(), getSchema, &request, &all)
		if err == nil {
			theirs.schema, err = narrowSchema(all)
		}
		if err != nil {
			return err
		}
	}
	return caller.SendMsg(&theirs.schema)
}

// narrowSchema leaves the entries of a GetProviderSchema.Response out that are of a type
// which is not simulated, whichever of its maps they are in.
func narrowSchema(all []byte) ([]byte, error) {
	var out []byte
	for len(all) > 0 {
		_, kind, tag := protowire.ConsumeTag(all)
		if tag < 0 {
			return nil, protowire.ParseError(tag)
		}
		size := protowire.ConsumeFieldValue(1, kind, all[tag:])
		if size < 0 {
			return nil, protowire.ParseError(size)
		}
		field := all[:tag+size]
		all = all[tag+size:]
		if key := entry(field[tag:], kind); len(key) > 4 && key[:4] == "aws_" && !simulated.MatchString(key) {
			continue
		}
		out = append(out, field...)
	}
	return out, nil
}

// entry is the key of an entry of a map by strings, "" if it is none.
func entry(value []byte, kind protowire.Type) string {
	if kind != protowire.BytesType {
		return ""
	}
	in, _ := protowire.ConsumeBytes(value)
	number, kind, n := protowire.ConsumeTag(in)
	if n < 0 || number != 1 || kind != protowire.BytesType {
		return ""
	}
	key, n := protowire.ConsumeString(in[n:])
	if n < 0 {
		return ""
	}
	return key
}

// bytesOnly is a codec that leaves messages as they are.
type bytesOnly struct{}

var _ encoding.Codec = bytesOnly{}

// Marshal implements encoding.Codec.
func (bytesOnly) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil } //nolint:forcetypeassert // nothing else is sent

// Unmarshal implements encoding.Codec.
func (bytesOnly) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...) //nolint:forcetypeassert // nothing else is received
	return nil
}

// Name implements encoding.Codec: what the bytes are.
func (bytesOnly) Name() string { return "proto" }
