// jsdom has dialogs but cannot open them as windows of their own.

HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement): void {
  this.open = true;
};
