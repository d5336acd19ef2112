#include "control/status_json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <concepts>
#include <string_view>
#include <type_traits>

#include "control/status_fields.h"
#include "os/text.h"

namespace serialtcp::control {

namespace {

namespace json = boost::json;

template <typename T>
inline constexpr bool kHasFields = std::tuple_size_v<std::remove_cvref_t<decltype(kFields<T>)>> > 0;

// ---- To JSON ----

json::value value_of(const std::string& text) {
  return json::string(io::printable(text));  // what comes from elsewhere need not be UTF-8
}
json::value value_of(bool flag) {
  return flag;
}
json::value value_of(std::uint64_t number) {
  return number;
}
/// Nobody needs more than microseconds.
json::value value_of(double seconds) {
  return std::round(seconds * 1e6) / 1e6;
}

template <typename T>
json::object object_of(const T& of);

template <typename T>
requires kHasFields<T> json::value value_of(const T& of) {
  return object_of(of);
}

template <typename T>
json::value value_of(const std::vector<T>& list) {
  json::array array;
  array.reserve(list.size());
  for (const T& one : list) array.push_back(value_of(one));
  return array;
}

template <typename T>
json::object object_of(const T& of) {
  json::object object;
  object.reserve(std::tuple_size_v<std::remove_cvref_t<decltype(kFields<T>)>>);
  for_each_field(of, [&object]<typename M>(std::string_view name, const M& member) {
    if constexpr (std::is_same_v<M, std::optional<double>>) {
      if (member) object.emplace(name, value_of(*member));
    } else {
      object.emplace(name, value_of(member));
    }
  });
  return object;
}

// ---- From JSON ----

class Reader {
 public:
  template <typename T>
  void read(const json::object& object, T& into) {
    for_each_field(into, [&]<typename M>(std::string_view name, M& member) {
      const json::value* const value = object.if_contains(name);
      if (value != nullptr && !take(*value, member)) wrong_ = name;
    });
  }

  /// The member that has the wrong type; empty if none has.
  std::string_view wrong() const { return wrong_; }

 private:
  static bool take(const json::value& value, std::string& into) {
    if (!value.is_string()) return false;
    into = io::printable(std::string_view(value.get_string()));
    return true;
  }
  static bool take(const json::value& value, bool& into) {
    if (!value.is_bool()) return false;
    into = value.get_bool();
    return true;
  }
  static bool take(const json::value& value, std::uint64_t& into) {
    json::error_code error;
    into = value.to_number<std::uint64_t>(error);
    return !error;
  }
  static bool take(const json::value& value, double& into) {
    json::error_code error;
    into = value.to_number<double>(error);
    return !error;
  }
  static bool take(const json::value& value, std::optional<double>& into) {
    return take(value, into.emplace());
  }
  template <typename T>
  requires kHasFields<T>
  bool take(const json::value& value, T& into) {
    if (!value.is_object()) return false;
    read(value.get_object(), into);
    return true;
  }
  template <typename T>
  bool take(const json::value& value, std::vector<T>& into) {
    if (!value.is_array()) return false;
    into.clear();
    for (const json::value& one : value.get_array()) {
      if (!take(one, into.emplace_back())) return false;
    }
    return true;
  }

  std::string_view wrong_;
};

}  // namespace

json::object to_json(const ProcessStatus& status) {
  return object_of(status);
}
json::object to_json(const LinkStatus& status) {
  return object_of(status);
}
json::object to_json(const ConnectionStatus& status) {
  return object_of(status);
}

std::string status_text(const ProcessStatus& status) {
  return json::serialize(to_json(status));
}

std::expected<ProcessStatus, std::string> status_from_json(const json::value& value) {
  if (!value.is_object()) return std::unexpected("the status is not an object");
  ProcessStatus status;
  Reader reader;
  reader.read(value.get_object(), status);
  if (!reader.wrong().empty())
    return std::unexpected(fmt::format("the member '{}' of the status has a wrong type", reader.wrong()));
  return status;
}

}  // namespace serialtcp::control
