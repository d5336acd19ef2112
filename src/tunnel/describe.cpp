// All texts of the core that are shown to users.
#include "serialtcp/event.h"

namespace serialtcp {

std::string_view describe(ResetReason reason) {
  switch (reason) {
    case ResetReason::aborted:
      return "the TCP connection at the other end was reset";
    case ResetReason::refused:
      return "the target refused the connection";
    case ResetReason::timed_out:
      return "the target did not answer in time";
    case ResetReason::unreachable:
      return "the target cannot be reached";
    case ResetReason::network_unreachable:
      return "there is no route to the target's network";
    case ResetReason::no_such_file:
      return "the target cannot be reached: no file has its path. Is the program that listens there running?";
    case ResetReason::no_permission:
      return "permission denied for the path of the target: the user that serialtcp runs as needs write "
             "permission for the socket and search permission for its folders";
    case ResetReason::name_not_found:
      return "the target's name was not found";
    case ResetReason::not_allowed:
      return "the target may not be connected to";
    case ResetReason::no_such_service:
      return "the other end offers no service of this name";
    case ResetReason::no_resources:
      return "no descriptors or ports were left to connect to the target with";
    case ResetReason::failed:
      return "the target could not be connected to; the log of the --client end says why";
    case ResetReason::link_lost:
      return "the link to the other end was lost";
  }
  return "reset";
}

std::string_view describe(LinkDownReason reason) {
  switch (reason) {
    case LinkDownReason::peer_restarted:
      return "the other end was restarted";
    case LinkDownReason::peer_left:
      return "the other end was stopped";
    case LinkDownReason::peer_silent:
      return "nothing was heard from the other end for too long";
    case LinkDownReason::line_lost:
      return "the serial port is gone, and connections are held no longer";
    case LinkDownReason::peer_broke_protocol:
      return "the other end sent what the protocol does not allow; is it the same version?";
  }
  return "link down";
}

}  // namespace serialtcp
