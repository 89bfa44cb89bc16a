/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thaw guard's socket; used by its loop. */
#include "guest-agent/guard/vss-guard-socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections that may wait to be accepted: agents are few. */
#define BACKLOG 4

typedef union
{
  struct cmsghdr align;
  char bytes[CMSG_SPACE (sizeof (int) * VSS_GUARD_MAX_HOLDS)];
} Control;

int
vss_guard_socket_listen (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  mode_t mask;
  int result;
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      return -1;
    }
  unlink (path);
  mask = umask (0177);
  result = bind (fd, (struct sockaddr *) &address, sizeof address);
  umask (mask);
  if (result < 0 || listen (fd, BACKLOG) < 0)
    {
      int saved = errno;

      close (fd);
      errno = saved;
      return -1;
    }
  return fd;
}

int
vss_guard_socket_accept (int    listen_fd,
                         pid_t *pid)
{
  struct ucred peer;
  socklen_t length = sizeof peer;
  int fd = accept4 (listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd < 0)
    {
      return -1;
    }
  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0
      || (peer.uid != 0 && peer.uid != geteuid ()))
    {
      close (fd);
      return -1;
    }
  *pid = peer.pid;
  return fd;
}

static void
take_descriptors (struct msghdr *header,
                  int           *fds,
                  unsigned      *n_fds)
{
  for (struct cmsghdr *part = CMSG_FIRSTHDR (header); part != NULL;
       part = CMSG_NXTHDR (header, part))
    {
      if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
        {
          *n_fds = (unsigned) ((part->cmsg_len - CMSG_LEN (0)) / sizeof (int));
          memcpy (fds, CMSG_DATA (part), *n_fds * sizeof (int));
        }
    }
}

bool
vss_guard_socket_receive (int              fd,
                          VssGuardMessage *message,
                          int             *fds,
                          unsigned        *n_fds)
{
  Control control;
  struct iovec part = { message, sizeof *message };
  struct msghdr header = {
    .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control,
  };
  ssize_t length = recvmsg (fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

  *n_fds = 0;
  if (length < 0)
    {
      return false;
    }
  take_descriptors (&header, fds, n_fds);
  if (length != sizeof *message || message->magic != VSS_GUARD_MAGIC
      || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    {
      for (unsigned i = 0; i < *n_fds; i++)
        {
          close (fds[i]);
        }
      *n_fds = 0;
      return false;
    }
  return true;
}

bool
vss_guard_socket_send (int              fd,
                       VssGuardMessage *message)
{
  message->magic = VSS_GUARD_MAGIC;
  return send (fd, message, sizeof *message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof *message;
}
