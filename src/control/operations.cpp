// From a line to a line.
#include "control/operations.h"

#include <boost/json/array.hpp>
#include <type_traits>
#include <variant>

#include "control/status_json.h"

namespace serialtcp::control {

namespace {

boost::json::array to_json(const std::vector<Operations::NotReplaced>& links) {
  boost::json::array list;
  for (const auto& [link, why] : links) list.push_back({{"link", link}, {"why", why}});
  return list;
}

}  // namespace

std::variant<std::string, ConnectRequest> respond(std::string_view line, Operations& operations,
                                                  const std::string& who) {
  const auto request = parse_request(line);
  if (!request) return refusal(request.error());
  return std::visit(
      [&]<typename R>(const R& one) -> std::variant<std::string, ConnectRequest> {
        if constexpr (std::is_same_v<R, StatusRequest>) {
          const auto status = operations.status(one);
          return status ? answer({{"status", to_json(*status)}}) : refusal(status.error());
        } else if constexpr (std::is_same_v<R, CloseRequest>) {
          const auto closed = operations.close(one, who);
          return closed ? answer() : refusal(closed.error());
        } else if constexpr (std::is_same_v<R, ConnectRequest>) {
          return one;
        } else if constexpr (std::is_same_v<R, EndRequest>) {
          const auto end = operations.end(one);
          if (!end) return refusal(end.error());
          if (!*end) return answer({{"ended", false}});
          return answer({{"ended", true}, {"in_order", (*end)->in_order}, {"text", (*end)->text}});
        } else if constexpr (std::is_same_v<R, ReloadRequest>) {
          const auto reloaded = operations.reload(who);
          if (!reloaded) return refusal(reloaded.error());
          return answer({{"links", reloaded->links},
                         {"unchanged", reloaded->unchanged},
                         {"not_replaced", to_json(reloaded->not_replaced)}});
        } else if constexpr (std::is_same_v<R, LogRequest>) {
          operations.set_level(one.level, who);
          return answer({{"level", level_name(one.level)}});
        } else {
          static_assert(std::is_same_v<R, VersionRequest>);
          return answer({{"version", operations.version()}});
        }
      },
      *request);
}

}  // namespace serialtcp::control
