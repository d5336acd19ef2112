// The view: what the screen shows of a model. Pure: the same arguments make the same screen.
#pragma once

#include <string>
#include <vector>

#include "top/browser.h"
#include "top/model.h"
#include "top/screen.h"

namespace serialtcp::top {

/// What is to be seen besides the rows.
struct Surroundings {
  /// Sentences about processes that do not answer, or that there is none.
  std::vector<std::string> problems = {};
  Letters letters = Letters::utf8;
};

/// For a terminal of any size from 1x1. Scrolls so that the selected row is seen.
Screen draw(const Model& model, Browser& browser, const Surroundings& around, Size size);

/// All rows, without keys and selections, as lines of this width.
std::vector<std::string> lines(const Model& model, const Surroundings& around, std::size_t width);

}  // namespace serialtcp::top
