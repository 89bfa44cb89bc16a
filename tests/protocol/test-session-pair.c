/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts come and die one after another at a guest that goes on, over a rough link. Whatever
 * happens: no command is carried out but in the session that its host opened, once and in order;
 * no host gets an answer or event of another one; and a host that is left in peace gets an answer
 * to each of its commands. */
#include <string.h>

#include "tests/protocol/rough-link.h"
#include "tests/protocol/session-ends.h"

#define COMMANDS 40 /* of each host */
#define HOSTS 6
#define SEEDS 100
#define SEEDS_THOROUGH 3000 /* with -m thorough */
/* Far more than a host needs that is left in peace: 40 commands take some 2,000. */
#define MAX_STEPS 200000

typedef struct
{
  int number; /* of the host */
  VssSession *session;
  gboolean open;
  int sent;
  int answered;
  GHashTable *expected; /* id to number of command */
} Host;

typedef struct
{
  VssSession *session;
  int host; /* that has opened the session, 0 for none */
  int last_command;
  int carried_out;     /* of this host */
  GPtrArray *commands; /* of VssSessionEvent, to answer in any order */
} Guest;

typedef struct
{
  RoughLink *link;
  gint64 now_ms;
  Host host;
  Guest guest;
} World;

static JsonNode *
make_data (int host, int number)
{
  g_autofree char *text = g_strdup_printf ("{\"host\":%d,\"n\":%d}", host, number);

  return end_node (text);
}

static int
get_int (JsonNode *node, const char *name)
{
  return json_object_get_int_member (json_node_get_object (node), name);
}

/* -- the host -- */

static void
host_start (World *w, int number)
{
  g_autofree char *nonce = g_strdup_printf ("host%d", number);

  memset (&w->host, 0, sizeof w->host);
  w->host.number = number;
  w->host.session = vss_session_new (VSS_SESSION_ROLE_HOST, nonce);
  w->host.expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  vss_session_synchronise (w->host.session, w->now_ms, 1000000);
}

static void
host_execute (World *w, const char *command, int number)
{
  g_autoptr (GError) error = NULL;
  const char *id = vss_session_execute (
      w->host.session, command, make_data (w->host.number, number), w->now_ms, 1000000, &error);

  g_assert_no_error (error);
  g_hash_table_insert (w->host.expected, g_strdup (id), GINT_TO_POINTER (number));
}

static void
host_take_reply (World *w, const VssSessionEvent *event)
{
  gpointer number;

  g_assert_no_error (event->error);
  g_assert_true (g_hash_table_lookup_extended (w->host.expected, event->id, NULL, &number));
  g_hash_table_remove (w->host.expected, event->id);
  g_assert_cmpint (get_int (event->node, "host"), ==, w->host.number);
  g_assert_cmpint (get_int (event->node, "n"), ==, GPOINTER_TO_INT (number));
  if (GPOINTER_TO_INT (number) == 0)
    {
      vss_session_begin (w->host.session, json_object_get_string_member (
                                              json_node_get_object (event->node), "session"));
      w->host.open = TRUE;
    }
  else
    w->host.answered++;
}

static void
host_take_events (World *w)
{
  VssSessionEvent *event;

  while ((event = vss_session_next_event (w->host.session)) != NULL)
    {
      if (event->kind == VSS_SESSION_EVENT_SYNCED)
        host_execute (w, "vss-hello", 0);
      else if (event->kind == VSS_SESSION_EVENT_REPLY)
        host_take_reply (w, event);
      else if (event->kind == VSS_SESSION_EVENT_EVENT)
        g_assert_cmpint (get_int (event->node, "host"), ==, w->host.number);
      else
        g_error ("host %d: %s", w->host.number, event->error->message);
      vss_session_event_free (event);
    }
}

static void
host_step (World *w)
{
  if (w->host.open && w->host.sent < COMMANDS && g_hash_table_size (w->host.expected) < 20 &&
      rough_link_chance (w->link, 3))
    host_execute (w, "echo", ++w->host.sent);
  vss_session_advance (w->host.session, w->now_ms);
  host_take_events (w);
  rough_link_take (w->link, w->host.session, w->link->to_guest);
}

/* -- the guest -- */

static void
guest_answer (World *w, VssSessionEvent *event)
{
  vss_session_reply (w->guest.session, event->id, json_node_ref (event->node));
}

static void
guest_take_hello (World *w, VssSessionEvent *event)
{
  g_autofree char *name = vss_session_make_name (w->guest.session);
  JsonNode *result = make_data (get_int (event->node, "host"), 0);

  json_object_set_string_member (json_node_get_object (result), "session", name);
  w->guest.host = get_int (event->node, "host");
  w->guest.last_command = 0;
  w->guest.carried_out = 0;
  if (rough_link_chance (w->link, 2))
    {
      vss_session_begin (w->guest.session, name);
      vss_session_reply (w->guest.session, event->id, result);
    }
  else
    {
      vss_session_reply (w->guest.session, event->id, result);
      vss_session_begin (w->guest.session, name);
    }
  vss_session_emit (w->guest.session, "BEGUN", make_data (w->guest.host, 0), w->now_ms);
  vss_session_event_free (event);
}

static void
guest_take_command (World *w, VssSessionEvent *event)
{
  if (strcmp (event->name, "vss-hello") == 0)
    {
      guest_take_hello (w, event);
      return;
    }
  g_assert_cmpint (get_int (event->node, "host"), ==, w->guest.host);
  g_assert_cmpint (get_int (event->node, "n"), ==, w->guest.last_command + 1);
  w->guest.last_command++;
  w->guest.carried_out++;
  g_ptr_array_add (w->guest.commands, event);
}

static void
guest_take_events (World *w)
{
  VssSessionEvent *event;

  while ((event = vss_session_next_event (w->guest.session)) != NULL)
    {
      if (event->kind == VSS_SESSION_EVENT_COMMAND)
        {
          guest_take_command (w, event);
          continue;
        }
      if (event->kind == VSS_SESSION_EVENT_SYNCED)
        w->guest.host = 0;
      else
        g_assert_cmpint (event->kind, ==, VSS_SESSION_EVENT_GARBAGE);
      vss_session_event_free (event);
    }
}

/* Answers are given in any order, some of them too late for their session. */
static void
guest_step (World *w)
{
  guest_take_events (w);
  if (w->guest.commands->len > 0 && rough_link_chance (w->link, 4))
    {
      guint any = g_rand_int_range (w->link->random, 0, w->guest.commands->len);

      guest_answer (w, g_ptr_array_index (w->guest.commands, any));
      g_ptr_array_remove_index_fast (w->guest.commands, any);
    }
  if (rough_link_chance (w->link, 50))
    vss_session_emit (w->guest.session, "TICK", make_data (w->guest.host, 0), w->now_ms);
  rough_link_take (w->link, w->guest.session, w->link->to_host);
}

/* -- both -- */

static void
step (World *w)
{
  w->now_ms += 10;
  host_step (w);
  if (rough_link_chance (w->link, 2))
    rough_link_give (w->link, w->link->to_guest, w->guest.session, w->now_ms);
  guest_step (w);
  if (rough_link_chance (w->link, 2))
    rough_link_give (w->link, w->link->to_host, w->host.session, w->now_ms);
}

/* Dies in whatever it is doing, and the guest may or may not see it go. */
static void
host_die (World *w)
{
  vss_session_free (w->host.session);
  g_hash_table_unref (w->host.expected);
  if (rough_link_chance (w->link, 2))
    rough_link_tear (w->link, w->link->to_guest);
  if (rough_link_chance (w->link, 4))
    rough_link_tear (w->link, w->link->to_host);
  if (rough_link_chance (w->link, 3))
    rough_link_disturb (w->link, w->link->to_guest);
  if (rough_link_chance (w->link, 3))
    rough_link_disturb (w->link, w->link->to_host);
  if (rough_link_chance (w->link, 2))
    {
      vss_session_hang_up (w->guest.session);
      w->guest.host = 0;
    }
}

static void
run_to_the_end (World *w)
{
  int steps = 0;

  while (w->host.answered < COMMANDS)
    {
      step (w);
      g_assert_cmpint (++steps, <, MAX_STEPS);
    }
  g_assert_cmpint (w->guest.carried_out, ==, COMMANDS);
  g_assert_cmpuint (g_hash_table_size (w->host.expected), ==, 0);
}

static void
free_event (gpointer event)
{
  vss_session_event_free (event);
}

static void
test_seed (guint32 seed)
{
  g_autoptr (RoughLink) link = rough_link_new (seed);
  World w = { .link = link };

  w.guest.session = vss_session_new (VSS_SESSION_ROLE_GUEST, "guest");
  w.guest.commands = g_ptr_array_new_with_free_func (free_event);
  for (int number = 1; number < HOSTS; number++)
    {
      int steps = g_rand_int_range (link->random, 0, rough_link_chance (link, 2) ? 1500 : 100);

      host_start (&w, number);
      while (steps-- > 0)
        step (&w);
      host_die (&w);
    }
  host_start (&w, HOSTS);
  run_to_the_end (&w);
  vss_session_free (w.host.session);
  g_hash_table_unref (w.host.expected);
  vss_session_free (w.guest.session);
  g_ptr_array_unref (w.guest.commands);
}

static void
test_hosts_come_and_die (void)
{
  guint32 first = g_test_rand_int ();
  guint32 seeds = g_test_thorough () ? SEEDS_THOROUGH : SEEDS;

  /* The seed is the test program's, which g_test prints: --seed repeats a run. */
  for (guint32 i = 0; i < seeds; i++)
    {
      g_test_message ("link with seed %u", first + i);
      test_seed (first + i);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-pair/hosts-come-and-die", test_hosts_come_and_die);
  return g_test_run ();
}
