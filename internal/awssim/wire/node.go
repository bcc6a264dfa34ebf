package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A Node is one XML element. The simulator keeps configurations as trees and
// not as structs, so that an element it has never heard of survives a round
// trip, as it does in AWS.
//
// Nodes handed out by a service are shared: Clone before changing one.
type Node struct {
	Name     string
	Text     string // character data; empty for an element with children
	Children []*Node
	Attrs    []xml.Attr // kept for xsi:type and the like; namespaces are dropped
	Foreign  bool       // no model has it: a client sent it that knows more
}

// Elem makes an element around children; nil children are left out.
func Elem(name string, children ...*Node) *Node {
	n := &Node{Name: name}
	for _, c := range children {
		if c != nil {
			n.Children = append(n.Children, c)
		}
	}
	return n
}

// Text makes a leaf element.
func Text(name, text string) *Node { return &Node{Name: name, Text: text} }

// Int makes a leaf element that holds a number.
func Int(name string, i int) *Node { return Text(name, strconv.Itoa(i)) }

// Bool makes a leaf element that holds true or false.
func Bool(name string, b bool) *Node { return Text(name, strconv.FormatBool(b)) }

// Get follows a path of element names and returns the first match, or nil.
// It may be called on a nil Node.
func (n *Node) Get(path ...string) *Node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		var next *Node
		for _, c := range n.Children {
			if c.Name == name {
				next = c
				break
			}
		}
		n = next
	}
	return n
}

// String returns the text at path, or "" where there is none.
func (n *Node) String(path ...string) string {
	if m := n.Get(path...); m != nil {
		return m.Text
	}
	return ""
}

// True says whether the text at path is "true".
func (n *Node) True(path ...string) bool { return n.String(path...) == "true" }

// All returns the children called name of the element at path.
func (n *Node) All(name string, path ...string) []*Node {
	var out []*Node
	if m := n.Get(path...); m != nil {
		for _, c := range m.Children {
			if c.Name == name {
				out = append(out, c)
			}
		}
	}
	return out
}

// Set replaces the first child that has the name of child, or appends it.
func (n *Node) Set(child *Node) {
	for i, c := range n.Children {
		if c.Name == child.Name {
			n.Children[i] = child
			return
		}
	}
	n.Children = append(n.Children, child)
}

// Remove drops every child called name.
func (n *Node) Remove(name string) {
	kept := n.Children[:0:0]
	for _, c := range n.Children {
		if c.Name != name {
			kept = append(kept, c)
		}
	}
	n.Children = kept
}

// Leaves lists path=text of every element that holds text, sorted: two trees that
// differ in the order of their elements only have the same leaves.
func (n *Node) Leaves() []string {
	var out []string
	var walk func(path string, n *Node)
	walk = func(path string, n *Node) {
		if n.Text != "" {
			out = append(out, path+"="+n.Text)
		}
		for _, c := range n.Children {
			walk(path+"/"+c.Name, c)
		}
	}
	walk(n.Name, n)
	slices.Sort(out)
	return out
}

// Texts lists what its elements hold, in their order; nil holds nothing.
func (n *Node) Texts() []string {
	if n == nil {
		return nil
	}
	var out []string
	if n.Text != "" {
		out = append(out, n.Text)
	}
	for _, c := range n.Children {
		out = append(out, c.Texts()...)
	}
	return out
}

// Clone returns a deep copy; the clone of nil is nil.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	out := &Node{Name: n.Name, Text: n.Text, Foreign: n.Foreign, Attrs: append([]xml.Attr(nil), n.Attrs...)}
	for _, c := range n.Children {
		out.Children = append(out.Children, c.Clone())
	}
	return out
}

// Renamed returns a deep copy under another name.
func (n *Node) Renamed(name string) *Node {
	out := n.Clone()
	out.Name = name
	return out
}

// maxDepth bounds nesting: no AWS shape comes near it.
const maxDepth = 64

// ParseXML reads one document. Element order, prefixes and comments do not matter.
func ParseXML(r io.Reader) (*Node, error) {
	dec := xml.NewDecoder(r)
	var stack []*Node
	for {
		tok, err := dec.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil, io.ErrUnexpectedEOF
			}
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if len(stack) == maxDepth {
				return nil, fmt.Errorf("XML nested deeper than %d", maxDepth)
			}
			n := &Node{Name: t.Name.Local}
			for _, a := range t.Attr {
				if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
					n.Attrs = append(n.Attrs, a)
				}
			}
			if len(stack) > 0 {
				p := stack[len(stack)-1]
				p.Children = append(p.Children, n)
			}
			stack = append(stack, n)
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].Text += string(t)
			}
		case xml.EndElement:
			n := stack[len(stack)-1]
			if len(n.Children) > 0 || strings.TrimSpace(n.Text) == "" {
				n.Text = ""
			}
			stack = stack[:len(stack)-1]
			if len(stack) == 0 {
				return n, nil
			}
		}
	}
}

// XML renders the tree as a document in the given namespace.
func (n *Node) XML(namespace string) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	n.write(&b, namespace)
	return b.Bytes()
}

func (n *Node) write(b *bytes.Buffer, namespace string) {
	b.WriteString("<" + n.Name)
	if namespace != "" {
		b.WriteString(` xmlns="`)
		_ = xml.EscapeText(b, []byte(namespace)) // a bytes.Buffer cannot fail
		b.WriteString(`"`)
	}
	for _, a := range n.Attrs {
		b.WriteString(" " + a.Name.Local + `="`)
		_ = xml.EscapeText(b, []byte(a.Value))
		b.WriteString(`"`)
	}
	b.WriteString(">")
	_ = xml.EscapeText(b, []byte(n.Text))
	for _, c := range n.Children {
		c.write(b, "")
	}
	b.WriteString("</" + n.Name + ">")
}
