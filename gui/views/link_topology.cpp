#include "gui/views/link_topology.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/quantity_text.h"
#include "gui/look/heat_colour.h"
#include "gui/look/theme.h"
#include "gui/models/link_rows.h"

namespace gui {

namespace {

constexpr double caption_height = 18, fabric_height = 22, gap = 5;
constexpr double least_slot = 6, least_height = 52;  // of a GPU's column and of a node that is drawn in full

QString percent(double share) { return QString::fromStdString(costmodel::percent_text(share)); }

struct Box {
  QRectF place;
  QString text;
};

// As many columns as make the boxes largest, for boxes twice as wide as high.
int columnsFor(int count, const QRectF& area) {
  int best = 1;
  double largest = 0;
  for (int columns = 1; columns <= count; ++columns) {
    const int rows = (count + columns - 1) / columns;
    const double size = std::min(area.width() / columns / 1.9, area.height() / rows);
    if (size <= largest) continue;
    largest = size;
    best = columns;
  }
  return best;
}

std::vector<std::size_t> both(const PortLinks& port) {
  std::vector<std::size_t> links = port.out;
  links.insert(links.end(), port.in.begin(), port.in.end());
  return links;
}

}  // namespace

struct LinkTopology::Drawing {
  std::vector<Spot> spots;
  std::vector<Box> boxes;  // what is no link: nodes, GPUs, cards, switches
  std::vector<QLineF> lines;
};

LinkTopology::LinkTopology(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("linkTopology"));
  setAccessibleName(tr("The machine, its links in the colour of how full they are"));
  setStatusTip(tr("Click a link to find it in the heat map; Left and Right choose the one before and after"));
  setFocusPolicy(Qt::StrongFocus);
}

void LinkTopology::setUse(LinkUsePtr use, const LinkTotals& totals, const costmodel::ClusterSpec& cluster) {
  use_ = std::move(use);
  totals_ = totals;
  chosen_.clear();
  places_ = use_ ? placesOf(*use_, cluster, totals.simulated_ranks) : LinkPlaces{};
  update();
}

void LinkTopology::show(std::optional<double> moment, TimeRange range) {
  moment_ = moment;
  range_ = range;
  update();
}

void LinkTopology::choose(const QString& link) {
  chosen_ = link;
  update();
}

std::optional<LinkTopology::Fullest> LinkTopology::fullest(const Spot& spot) const {
  if (moment_) {
    const std::optional<LinkMoment> found = fullestAt(*use_, spot.links, *moment_);
    return found ? std::optional(Fullest{found->link, found->utilisation}) : std::nullopt;
  }
  std::optional<Fullest> result;
  for (const std::size_t link : spot.links) {
    const double share = shareBetween(*use_, {&use_->utilisation[use_->at(link, 0)], use_->slices.size()},
                                      range_.from, range_.to);
    if (!result || share > result->share) result = Fullest{link, share};
  }
  return result;
}

// From top to bottom: what joins the GPUs, their links, GPUs, cards, the cards' links.
void LinkTopology::addNode(Drawing& drawing, const NodePlace& node, const QRectF& box) const {
  drawing.boxes.push_back({box, {}});
  const QRectF in = box.adjusted(4, 3, -4, -3);
  const double slot = in.width() / std::max<double>(1, static_cast<double>(node.gpus.size()));
  const QString name = tr("node %1").arg(node.node);
  std::vector<std::size_t> inside, network;
  for (const PortLinks& gpu : node.gpus)
    for (const std::size_t link : both(gpu)) inside.push_back(link);
  for (const PortLinks& bridge : node.bridges) inside.push_back(bridge.out.front());
  for (const PortLinks& nic : node.nics)
    for (const std::size_t link : both(nic)) network.push_back(link);
  if (slot < least_slot || box.height() < least_height) {
    // Too small for its links: the fullest inside, the fullest of its cards.
    const double half = in.width() / 2;
    drawing.spots.push_back(
        {QRectF(in.left(), in.top(), half - 0.5, in.height()), inside, tr("%1, inside").arg(name)});
    drawing.spots.push_back(
        {QRectF(in.left() + half, in.top(), half, in.height()), network, tr("%1, network cards").arg(name)});
    return;
  }
  // The cards of a machine of one node have nothing to do.
  const bool cards = !node.nics.empty() && places_.all_nodes > 1;
  const double switch_height = 13;
  const double unit = (in.height() - switch_height) / (cards ? 4.0 : 2.0);
  const QString joined = places_.inside == costmodel::ScaleUpKind::nvlink_switch ? tr("switch")
                         : places_.inside == costmodel::ScaleUpKind::mesh        ? tr("mesh")
                                                                                 : tr("PCIe");
  const QRectF bar(in.left(), in.top(), in.width(), switch_height);
  drawing.boxes.push_back({bar, QStringLiteral("%1, %2").arg(name, joined)});
  for (const PortLinks& bridge : node.bridges)
    drawing.spots.push_back({bar.adjusted(bar.width() * 0.8, 2, -2, -2), bridge.out, bridge.name});
  const double line = std::clamp(slot * 0.26, 2.0, 9.0);
  const auto pair = [&](const PortLinks& port, double x, double top, double height) {
    drawing.spots.push_back(
        {QRectF(x - line - 0.5, top, line, height), port.out, tr("%1 out").arg(port.name)});
    drawing.spots.push_back({QRectF(x + 0.5, top, line, height), port.in, tr("%1 in").arg(port.name)});
  };
  const double top = bar.bottom(), gpu_top = top + unit;
  for (std::size_t g = 0; g < node.gpus.size(); ++g) {
    const double x = in.left() + (static_cast<double>(g) + 0.5) * slot;
    pair(node.gpus[g], x, top, unit);
    const double side = std::min(slot - 2, 22.0);
    drawing.boxes.push_back(
        {QRectF(x - side / 2, gpu_top, side, unit), side >= 12 ? QString::number(g) : QString()});
    if (!cards) continue;
    const std::size_t nic = g * node.nics.size() / node.gpus.size();
    const double nic_x =
        in.left() + (static_cast<double>(nic) + 0.5) * in.width() / static_cast<double>(node.nics.size());
    drawing.lines.push_back(QLineF(x, gpu_top + unit, nic_x, gpu_top + 1.5 * unit));
  }
  for (std::size_t n = 0; cards && n < node.nics.size(); ++n) {
    const double x =
        in.left() + (static_cast<double>(n) + 0.5) * in.width() / static_cast<double>(node.nics.size());
    const double side = std::min(slot - 2, 22.0);
    drawing.boxes.push_back({QRectF(x - side / 2, gpu_top + 1.5 * unit, side, unit * 0.5), {}});
    pair(node.nics[n], x, gpu_top + 2 * unit, unit);
  }
}

void LinkTopology::addFabric(Drawing& drawing, const QRectF& band) const {
  if (places_.leaves.empty()) {
    drawing.boxes.push_back({band, places_.oversubscription > 1 ? tr("nothing goes above the leaves")
                                                                : tr("fabric that never blocks")});
    return;
  }
  const double width = band.width() / static_cast<double>(places_.leaves.size());
  for (std::size_t l = 0; l < places_.leaves.size(); ++l) {
    const PortLinks& leaf = places_.leaves[l];
    const QRectF cell(band.left() + static_cast<double>(l) * width, band.top(), width - (width > 4 ? 1 : 0),
                      band.height());
    drawing.spots.push_back({QRectF(cell.left(), cell.top(), cell.width() / 2, cell.height()), leaf.out,
                             tr("%1 up").arg(leaf.name)});
    drawing.spots.push_back({QRectF(cell.center().x(), cell.top(), cell.width() / 2, cell.height()), leaf.in,
                             tr("%1 down").arg(leaf.name)});
  }
}

LinkTopology::Drawing LinkTopology::drawingIn(const QRectF& area) const {
  Drawing drawing;
  if (!use_ || places_.nodes.empty()) return drawing;
  const bool fabric = places_.all_nodes > 1;
  const QRectF body = area.adjusted(4, caption_height, -4, fabric ? -fabric_height - gap - 4 : -4);
  const int count = static_cast<int>(places_.nodes.size());
  const int columns = columnsFor(count, body);
  const int rows = (count + columns - 1) / columns;
  const double width = body.width() / columns, height = std::min(body.height() / rows, width * 0.9 + 40);
  const double space = std::min(gap, width / 8);
  for (int n = 0; n < count; ++n) {
    const int line = n / columns;
    addNode(
        drawing, places_.nodes[static_cast<std::size_t>(n)],
        QRectF(body.left() + n % columns * width, body.top() + line * height, width - space, height - space));
  }
  if (fabric)
    addFabric(drawing,
              QRectF(body.left(), body.top() + rows * height + 2, body.width() - space, fabric_height));
  return drawing;
}

std::vector<LinkTopology::Spot> LinkTopology::spotsIn(const QRectF& area) const {
  return drawingIn(area).spots;
}

void LinkTopology::paintTo(QPainter& painter, const QRect& area) const {
  painter.save();
  painter.setClipRect(area);
  painter.fillRect(area, ink(Ink::ground, palette()));
  painter.setFont(font());
  const Drawing drawing = drawingIn(QRectF(area));
  if (drawing.boxes.empty()) {
    painter.restore();
    return;
  }
  QString caption =
      moment_
          ? tr("at %1").arg(QString::fromStdString(costmodel::format_seconds(costmodel::Seconds(*moment_))))
          : tr("mean of what is shown");
  if (static_cast<int>(places_.nodes.size()) < places_.all_nodes)
    caption +=
        tr(";  %1 of %2 nodes, the others do the same").arg(places_.nodes.size()).arg(places_.all_nodes);
  painter.setPen(ink(Ink::text, palette()));
  painter.drawText(QRectF(area.left() + 4, area.top(), area.width() - 8, caption_height), Qt::AlignVCenter,
                   caption);
  painter.setRenderHint(QPainter::Antialiasing);
  QFont small = font();
  small.setPointSizeF(std::max(6.0, small.pointSizeF() * 0.8));
  painter.setFont(small);
  painter.setPen(QPen(ink(Ink::faint_text, palette()), 1));
  painter.drawLines(QVector<QLineF>(drawing.lines.begin(), drawing.lines.end()));
  painter.setBrush(Qt::NoBrush);
  for (const Box& box : drawing.boxes) {
    painter.setPen(QPen(ink(Ink::faint_text, palette()), 1));
    painter.drawRoundedRect(box.place, 2, 2);
    if (box.text.isEmpty()) continue;
    painter.setPen(ink(Ink::text, palette()));
    painter.drawText(box.place, Qt::AlignCenter,
                     QFontMetricsF(small).elidedText(box.text, Qt::ElideRight, box.place.width() - 2));
  }
  for (const Spot& spot : drawing.spots) {
    const std::optional<Fullest> full = fullest(spot);
    // A link that carried nothing was empty; where nothing was recorded nobody knows.
    if (moment_ && !recordedAt(*use_, *moment_))
      painter.fillRect(spot.place, unknownBrush(palette()));
    else
      painter.fillRect(spot.place, heatColour(full ? full->share : 0));
    const bool is_chosen = std::any_of(spot.links.begin(), spot.links.end(),
                                       [&](std::size_t link) { return use_->links[link].name == chosen_; });
    if (!is_chosen) continue;
    painter.setPen(QPen(ink(Ink::capacity, palette()), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(spot.place.adjusted(-1, -1, 1, 1));
  }
  painter.restore();
}

void LinkTopology::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paintTo(painter, rect());
  if (!hasFocus()) return;
  painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

QString LinkTopology::describe(const Spot& spot) const {
  const std::optional<Fullest> full = fullest(spot);
  if (!full)
    return spot.links.empty() ? tr("<b>%1</b><br>carried nothing").arg(spot.what)
                              : tr("<b>%1</b><br>not recorded then").arg(spot.what);
  const LinkRecord& link = use_->links[full->link];
  QString text = tr("<b>%1 (%2): %3 full</b>").arg(link.name, link.kind, percent(full->share));
  if (spot.links.size() > 1)
    text += tr("<br>the fullest of %1 links of %2").arg(spot.links.size()).arg(spot.what);
  if (totals_.isBusiest(link.name)) text += tr("<br>the busiest of its kind over all");
  return text;
}

const LinkTopology::Spot* LinkTopology::spotAt(const std::vector<Spot>& spots, QPointF point) const {
  for (const Spot& spot : spots)
    if (spot.place.adjusted(-1, -1, 1, 1).contains(point)) return &spot;
  return nullptr;
}

void LinkTopology::chooseSpot(const Spot& spot) {
  const std::optional<Fullest> full = fullest(spot);
  if (!full) return;
  choose(use_->links[full->link].name);
  setAccessibleDescription(describe(spot)
                               .remove(QStringLiteral("<b>"))
                               .remove(QStringLiteral("</b>"))
                               .replace(QStringLiteral("<br>"), QStringLiteral("; ")));
  Q_EMIT linkChosen(chosen_);
}

bool LinkTopology::event(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) update();
  if (event->type() == QEvent::ToolTip && use_) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const std::vector<Spot> spots = spotsIn(rect());
    const Spot* spot = spotAt(spots, help->pos());
    if (spot != nullptr)
      QToolTip::showText(help->globalPos(), describe(*spot), this, spot->place.toAlignedRect());
    else
      QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

void LinkTopology::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || !use_) return;
  const std::vector<Spot> spots = spotsIn(rect());
  if (const Spot* spot = spotAt(spots, event->position())) chooseSpot(*spot);
}

void LinkTopology::keyPressEvent(QKeyEvent* event) {
  if (!use_ || (event->key() != Qt::Key_Left && event->key() != Qt::Key_Right))
    return QWidget::keyPressEvent(event);
  std::vector<Spot> spots = spotsIn(rect());
  std::erase_if(spots, [this](const Spot& spot) { return !fullest(spot); });
  if (spots.empty()) return;
  const auto chosen = std::find_if(spots.begin(), spots.end(), [this](const Spot& spot) {
    return use_->links[fullest(spot)->link].name == chosen_;
  });
  if (chosen == spots.end()) return chooseSpot(spots.front());
  const bool forward = event->key() == Qt::Key_Right;
  if (forward && chosen + 1 != spots.end()) chooseSpot(*(chosen + 1));
  if (!forward && chosen != spots.begin()) chooseSpot(*(chosen - 1));
}

}  // namespace gui
