/** The vote on what comes after the round, in the results. */

import { CHOICES } from "../net/requests.js";
import { part, show, write } from "../view/dom.js";

/** @typedef {import("../lobby/roster.js").Votes} Votes */

export class VotesBar {
  /** @param {(choice: number) => void} vote */
  constructor(vote) {
    this.root = part("votes", HTMLElement);
    this.vote = vote;
    this.chosen = CHOICES.none;
    /** Whether what was chosen may not have arrived. */
    this.doubtful = false;
    this.buttons = [
      { button: part("vote-rematch", HTMLButtonElement), choice: CHOICES.rematch, label: "Rematch" },
      { button: part("vote-next", HTMLButtonElement), choice: CHOICES.next, label: "Next round" },
    ];
    for (const { button, choice } of this.buttons) {
      button.addEventListener("click", () => {
        this.chosen = this.chosen === choice ? CHOICES.none : choice;
        vote(this.chosen);
      });
    }
  }

  /** The connection is lost: the choice is sent again if there is still a vote when it is back. */
  lost() {
    show(this.root, false);
    this.doubtful = this.chosen !== CHOICES.none;
  }

  /**
   * @param {Votes} votes @param {boolean} open whether results are shown, to one who may vote
   * @param {boolean} rotates whether the next round has another map or mode: else it is a rematch, and only that is offered
   */
  draw({ rematch, next, people }, open, rotates) {
    show(this.root, open);
    if (!open) {
      this.chosen = CHOICES.none;
      this.doubtful = false;
      return;
    }
    if (this.doubtful) {
      this.doubtful = false;
      this.vote(this.chosen);
    }
    const counts = { [CHOICES.rematch]: rotates ? rematch : rematch + next, [CHOICES.next]: next };
    for (const { button, choice, label } of this.buttons) {
      show(button, rotates || choice === CHOICES.rematch);
      write(button, people ? `${label} ${counts[choice]}/${people}` : label);
      button.title = people ? `${counts[choice]} of ${people} want it` : "";
      const pressed = String(this.chosen === choice);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
  }
}
