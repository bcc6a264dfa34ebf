package stagingdistribution_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

const keeps = "Another address keeps the object"

// elsewhere is another address, whose operations are processes of their own.
func (w *world) elsewhere() *world {
	return &world{Env: w.Env, Core: acctest.NewCore(resourceType, w.Core.World.Clock, w.Core.World.Transport)}
}

// Between two applies nobody knows of the other: the one that adopted the copy may have
// died before it destroyed the old address. What it left at AWS has to tell.
func TestACopyThatAnotherAddressHasAdoptedIsNotDeletedByTheOldOne(t *testing.T) {
	t.Parallel()
	for name, adopt := range map[string]func(t *testing.T, was *world) (now *world){
		"adopted": func(t *testing.T, was *world) *world {
			t.Helper()
			now := was.elsewhere()
			now.apply(t, next(was.Env))
			return now
		},
		"adopted by a process that died before it could say so": func(t *testing.T, was *world) *world {
			t.Helper()
			for range 2 {
				ctx, kill := context.WithCancel(context.Background())
				now := was.elsewhere()
				p, err := now.Plan(ctx, next(was.Env))
				if err != nil {
					t.Fatal(err)
				}
				was.Env.World.Faults().Add(fault.Fault{Operation: "TagResource", Count: 1, When: fault.AfterEffect, Hook: kill})
				if _, err := now.Apply(ctx, p); err == nil && !now.State.IsNull() {
					t.Fatal("it was to die")
				}
			}
			return was.elsewhere()
		},
		"imported, and adopted from there": func(t *testing.T, was *world) *world {
			t.Helper()
			imported := was.elsewhere()
			if _, err := imported.Import(context.Background(), was.Get("id")); err != nil {
				t.Fatal(err)
			}
			now := was.elsewhere()
			now.apply(t, next(was.Env))
			if d := imported.apply(t, nil); len(d) != 1 || d[0].Summary != keeps {
				t.Errorf("the destroy of what was imported said %s", d)
			}
			return now
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, was *world) {
				was.apply(t, next(was.Env))
				copied, _ := was.staging(t)
				now := adopt(t, was)
				before := was.Env.World.Journal().Seq()
				if d := was.apply(t, nil); len(d) != 1 || d[0].Summary != keeps || !strings.Contains(d[0].Detail, copied.ID) {
					t.Errorf("the destroy said %s", d)
				}
				if is, c := was.staging(t); is.ID != copied.ID || !aws.ToBool(c.Enabled) || len(was.Writes(before)) > 0 {
					t.Errorf("%s became %s, enabled %t, written %v", copied.ID, is.ID, aws.ToBool(c.Enabled), was.Writes(before))
				}
				now.apply(t, next(was.Env))
				now.ExpectSilent(now.Core, next(was.Env))
				now.apply(t, nil)
				if n := len(was.Staging()); n != 0 {
					t.Errorf("%d staging distributions left", n)
				}
			})
		})
	}
}

// `removed` without a destroy, or `state rm`, and an import: the copy has come to another
// address by hand, and its destroy is meant.
func TestAnImportTakesTheMarkOver(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		now := w.elsewhere()
		before := w.Env.World.Journal().Seq()
		if d, err := now.Import(context.Background(), w.Get("id")); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		now.apply(t, next(w.Env))
		now.ExpectSilent(now.Core, next(w.Env))
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
		now.apply(t, nil)
		if n := len(w.Staging()); n != 0 {
			t.Errorf("%d staging distributions left", n)
		}
	})
}

// Tags that somebody else has put on the copy stay, and so does ours beside them; a
// copy without the mark is its state's.
func TestTheMarkIsOneTagAmongOthers(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, _ := w.staging(t)
		arn := aws.String(w.Get("arn"))
		if _, err := w.CloudFront.TagResource(context.Background(), &cloudfront.TagResourceInput{Resource: arn, Tags: &cftypes.Tags{Items: []cftypes.Tag{{Key: aws.String("team"), Value: aws.String("web")}}}}); err != nil {
			t.Fatal(err)
		}
		w.ExpectSilent(w.Core, next(w.Env))
		now := w.elsewhere()
		now.apply(t, next(w.Env))
		tags, err := w.CloudFront.ListTagsForResource(context.Background(), &cloudfront.ListTagsForResourceInput{Resource: arn})
		if err != nil {
			t.Fatal(err)
		}
		if said := fmt.Sprint(len(tags.Tags.Items), aws.ToString(tags.Tags.Items[0].Key)); len(tags.Tags.Items) != 2 || now.Get("owner") == w.Get("owner") || w.Get("owner") == "" {
			t.Errorf("%s has tags %s; owners %q and %q", d.ID, said, w.Get("owner"), now.Get("owner"))
		}
		if _, err := w.CloudFront.UntagResource(context.Background(), &cloudfront.UntagResourceInput{Resource: arn, TagKeys: &cftypes.TagKeys{Items: []string{"cdn-bluegreen:owner"}}}); err != nil {
			t.Fatal(err)
		}
		now.ExpectSilent(now.Core, next(w.Env))
		now.apply(t, nil)
		if n := len(w.Staging()); n != 0 {
			t.Errorf("%d staging distributions left", n)
		}
	})
}

// Whoever may not read the tags cannot know whose it is: another address may have adopted it.
// The destroy leaves it, writes nothing, and says which permission is missing.
func TestACopyWhoseMarkCannotBeReadIsNotDeleted(t *testing.T) {
	t.Parallel()
	for name, tags := range acctest.UnreadableTags() {
		for _, adopted := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, adopted %t", name, adopted), func(t *testing.T) {
				t.Parallel()
				in(t, func(t *testing.T, was *world) {
					was.apply(t, next(was.Env))
					copied, _ := was.staging(t)
					id := copied.ID
					now := was.elsewhere()
					if adopted {
						now.apply(t, next(was.Env))
					}
					acctest.DestroyUnowned(t, was.Env, was.Core, tags, id, adopted, keeps, func() {
						is, c := was.staging(t)
						if is.ID != id || !aws.ToBool(c.Enabled) {
							t.Errorf("%s became %s, enabled %t", id, is.ID, aws.ToBool(c.Enabled))
						}
					})
				})
			})
		}
	}
}
