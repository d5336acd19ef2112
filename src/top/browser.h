// Browser: what the user has chosen with keys: the order of the rows, a filter, which row is selected, what is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "top/keys.h"
#include "top/model.h"

namespace serialtcp::top {

class Browser {
 public:
  static constexpr std::size_t kMaxFilter = 80;  ///< bytes

  enum class Mode : std::uint8_t { list, filter, confirm, help };
  enum class Pane : std::uint8_t { links, connections };

  /// What a key asks of the program.
  struct Action {
    enum class What : std::uint8_t { none, quit, close, redraw } what = What::none;
    Key connection = {};  ///< of close
  };
  Action press(const KeyPress& key, const Model& model);

  /// Those that the filter leaves, in the chosen order.
  std::vector<const LinkRow*> links(const Model& model) const;
  std::vector<const ConnectionRow*> connections(const Model& model) const;

  /// Which row of a pane is selected, and which one is the first that is seen. It stays on the same connection when rows
  /// move.
  struct Selection {
    bool chosen = false;  ///< else the first rows are shown, whichever they are
    Key key = {};
    std::size_t index = 0;
    std::size_t first = 0;
    std::size_t page = 1;  ///< rows that the pane shows
  };
  template <typename Row>
  static void settle(Selection& selection, const std::vector<const Row*>& rows);
  Selection& selection(Pane pane) { return pane == Pane::links ? links_ : connections_; }

  Mode mode() const { return mode_; }
  Pane pane() const { return pane_; }
  const std::string& filter() const { return filter_; }
  std::size_t sort_column() const { return sort_; }
  bool is_reversed() const { return reversed_; }
  bool is_paused() const { return paused_; }
  /// Of the connection that is to be closed.
  const std::string& asked_about() const { return asked_text_; }
  /// The last answer to a key, or what has happened; empty: none.
  const std::string& notice() const { return notice_; }
  void set_notice(std::string text) { notice_ = std::move(text); }

 private:
  Action press_in_list(const KeyPress& key, const Model& model);
  Action press_letter(char letter, const Model& model);
  void press_in_filter(const KeyPress& key);
  Action press_in_question(const KeyPress& key);
  void ask_to_close(const Model& model);
  void move(const KeyPress& key, const Model& model);
  template <typename Row>
  void move_in(Selection& selection, const std::vector<const Row*>& rows, KeyPress::Key key);
  void sort_by(std::size_t column);

  Mode mode_ = Mode::list;
  Pane pane_ = Pane::connections;
  Selection links_, connections_;
  std::string filter_, filter_before_;
  std::size_t sort_ = 0;
  bool reversed_ = false, paused_ = false;
  Key asked_;
  std::string asked_text_, notice_;
};

}  // namespace serialtcp::top
